// Applies the import law to a workspace: layers between packages, rooms within one, doors, and that nothing
// reaches out of its package by a relative path.
import { posix } from 'node:path'
import type { Findings } from './Check.ts'
import { type Import, isRelative, packageName } from './importsOf.ts'
import { layers, type Room, rooms } from './law.ts'
import { type Package, packageOf, type SourceFile, type Workspace } from './Workspace.ts'

export function checkImportLaw(workspace: Workspace): Findings {
  const problems: string[] = []
  for (const file of workspace.files) {
    const home = packageOf(workspace, file.path)
    if (home === undefined) continue
    for (const imported of file.imports) {
      const broken = isRelative(imported.specifier)
        ? relativeProblem(file, imported, home)
        : packageProblem(file, imported, home, workspace)
      if (broken !== undefined)
        problems.push(`${file.path}:${imported.line} imports '${imported.specifier}': ${broken}`)
    }
  }
  return { problems, warnings: [] }
}

const isTest = (path: string, home: Package): boolean => !path.startsWith(`${home.folder}/src/`)
const roomsOf = (path: string): readonly Room[] => rooms.filter(room => room.within.test(path))

function relativeProblem(file: SourceFile, { specifier }: Import, home: Package): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier)
  if (!target.startsWith(`${home.folder}/`))
    return `it leaves ${home.folder}; go through the other package's door`
  if (!isTest(file.path, home) && isTest(target, home) && target !== `${home.folder}/package.json`) {
    return 'source does not import tests or benches'
  }
  const room = roomsOf(file.path).find(({ reaches }) => reaches !== undefined && !reaches.test(target))
  return room?.why
}

function packageProblem(
  file: SourceFile,
  imported: Import,
  home: Package,
  workspace: Workspace,
): string | undefined {
  const { specifier } = imported
  const isNode = specifier.startsWith('node:')
  const name = isNode ? 'node:' : packageName(specifier)
  const room = roomsOf(file.path).find(
    ({ packages, noNode }) =>
      (packages !== undefined && !packages.includes(name)) || (noNode === true && isNode),
  )
  if (room !== undefined) return room.why
  const target = workspace.packages.find(({ name: known }) => known === name)
  if (target === undefined || target === home) return undefined
  return doorProblem(specifier, target) ?? layerProblem(file, home, target)
}

function doorProblem(specifier: string, target: Package): string | undefined {
  const door = `.${specifier.slice(target.name.length)}`
  return target.doors.includes(door) ? undefined : `${target.name} has no door '${door}'`
}

function layerProblem(file: SourceFile, home: Package, target: Package): string | undefined {
  if (home.name === '@shoal/tools') return undefined
  if (target.name === '@shoal/tools') {
    return isTest(file.path, home) ? undefined : 'tools are for tests and benches, not for source'
  }
  const from = layers.findIndex(row => row.includes(home.name))
  const to = layers.findIndex(row => row.includes(target.name))
  if (from === -1) return `${home.name} stands in no layer; add it to tools/check/law.ts`
  if (to === -1) return `${target.name} stands in no layer; add it to tools/check/law.ts`
  // A test may build its fixtures with a neighbour; it may not look upwards.
  const lowest = isTest(file.path, home) ? from : from + 1
  return to >= lowest ? undefined : `${home.name} stands ${from === to ? 'beside' : 'below'} ${target.name}`
}
