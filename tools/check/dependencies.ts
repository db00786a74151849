// Every package that is imported must be declared where it is used: otherwise it works in this clone and
// nowhere else.
import { builtinModules } from 'node:module'
import type { Findings } from './Check.ts'
import { isRelative, packageName } from './importsOf.ts'
import { bundled } from './law.ts'
import { type Package, packageOf, type Workspace } from './Workspace.ts'

const builtin = new Set(builtinModules)

export function checkDependencies(workspace: Workspace): Findings {
  const problems: string[] = []
  for (const file of workspace.files) {
    const home = packageOf(workspace, file.path)
    const declared = home === undefined ? workspace.shared : declaredFor(file.path, home, workspace)
    for (const { specifier, line } of file.imports) {
      if (isRelative(specifier) || specifier.startsWith('node:') || specifier.startsWith('#')) continue
      const name = packageName(specifier)
      // A type may come from the package's own types or from its @types companion.
      if (declared.has(name) || name === home?.name || builtin.has(name)) continue
      problems.push(`${file.path}:${line} imports '${name}', which ${where(home, declared)}`)
    }
  }
  return { problems, warnings: [] }
}

function declaredFor(path: string, home: Package, workspace: Workspace): ReadonlySet<string> {
  const source = path.startsWith(`${home.folder}/src/`)
  if (source && !bundled.some(({ within }) => within.test(path))) return home.dependencies
  const forTests = source ? [] : [...workspace.shared, '@shoal/tools']
  return new Set([...home.dependencies, ...home.devDependencies, ...forTests])
}

function where(home: Package | undefined, declared: ReadonlySet<string>): string {
  if (home === undefined) return 'package.json does not list under devDependencies'
  const field = declared === home.dependencies ? 'dependencies or peerDependencies' : 'any kind of dependency'
  return `${home.folder}/package.json does not list under ${field}`
}
