// JavaScript and types of one package, by tsc, into its dist folder; files that are no TypeScript go with them.
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programPath } from '../programPath.ts'

const tsc = programPath(fileURLToPath(new URL('../..', import.meta.url)), 'typescript', 'tsc')

export interface EmitOptions {
  /** Folders below src that are not compiled. */
  readonly without: readonly string[]
  /** Types of the workspace's other packages as they were built, by door: the program must not hold their sources. */
  readonly types: ReadonlyMap<string, string>
}

export async function emit(packageFolder: string, { without, types }: EmitOptions): Promise<void> {
  const dist = join(packageFolder, 'dist')
  await mkdir(dist, { recursive: true })
  const config = join(dist, 'tsconfig.json')
  await writeFile(
    config,
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: {
        noEmit: false,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: '../src',
        outDir: '.',
        paths: Object.fromEntries([...types].map(([door, path]) => [door, [path]])),
      },
      include: ['../src'],
      exclude: without.map(folder => `../src/${folder}`),
    }),
  )
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  await rm(config)
  if (status !== 0) throw new Error(`tsc failed:\n${stdout}`)
  await pointTypesAtTypes(dist)
  await copyOthers(join(packageFolder, 'src'), dist, without)
}

/** tsc rewrites './x.ts' in JavaScript but leaves it in declarations, where no such file will be. */
async function pointTypesAtTypes(dist: string): Promise<void> {
  for (const file of await filesBelow(dist)) {
    if (!file.endsWith('.d.ts')) continue
    const text = await readFile(file, 'utf8')
    const pointed = text.replace(/((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2')
    if (pointed !== text) await writeFile(file, pointed)
  }
}

async function copyOthers(src: string, dist: string, without: readonly string[]): Promise<void> {
  for (const file of await filesBelow(src)) {
    const path = relative(src, file)
    if (file.endsWith('.ts') || without.some(folder => path.startsWith(folder))) continue
    await cp(file, join(dist, path))
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}
