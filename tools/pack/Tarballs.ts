// The packages as they would be published: built, packed, and installed into folders outside the clone. Nothing of
// the repository's node_modules, .npmrc or overrides reaches those folders.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { programPath } from '../programPath.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Tarballs extends AsyncDisposable {
  readonly byName: ReadonlyMap<string, Tarball>
}

export interface Tarball {
  /** Where it lies. */
  readonly path: string
  /** Paths of the files in it, relative to the package. */
  readonly files: readonly string[]
}

/** Builds (from Nx's cache where nothing changed) and packs every package and application that is not private. */
export async function packAll(): Promise<Tarballs> {
  await buildAll()
  const folder = await mkdtemp(join(tmpdir(), 'shoal-tarballs-'))
  const byName = new Map<string, Tarball>()
  for (const dist of await builtPackages()) {
    const { name } = JSON.parse(await readFile(join(dist, 'package.json'), 'utf8'))
    const { stdout } = await npm(dist, ['pack', '--json', '--pack-destination', folder])
    const [{ filename, files }] = JSON.parse(stdout)
    byName.set(name, { path: join(folder, filename), files: files.map(({ path }: { path: string }) => path) })
  }
  return { byName, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

async function buildAll(): Promise<void> {
  try {
    await run(
      process.execPath,
      [programPath(root, 'nx'), 'run-many', '-t', 'build', '--outputStyle=static'],
      {
        cwd: root,
        env: { ...process.env, NX_TUI: 'false', FORCE_COLOR: '0' },
        maxBuffer: 64 * 1024 * 1024,
      },
    )
  } catch (error) {
    // What tsc found stands on standard output, which the error does not show.
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : String(error)
    throw new Error(`the build failed:\n${said.slice(-4000)}`)
  }
}

async function builtPackages(): Promise<readonly string[]> {
  const found: string[] = []
  for (const group of ['packages', 'apps']) {
    for (const name of await readdir(join(root, group))) {
      const manifest = await readFile(join(root, group, name, 'package.json'), 'utf8').catch(() => undefined)
      if (manifest !== undefined && !JSON.parse(manifest).private) found.push(join(root, group, name, 'dist'))
    }
  }
  return found
}

export interface Installation extends AsyncDisposable {
  readonly folder: string
  /** Names of every package that came in, however deep. */
  readonly packages: ReadonlySet<string>
  /** Runs a TypeScript file in the folder, as somebody who installed the packages would. */
  runExample(code: string, env?: Readonly<Record<string, string>>): Promise<string>
  /** Runs a command that the packages brought. */
  runCommand(command: string, args: readonly string[]): Promise<string>
}

/** `npm install` of these (tarballs or registry specifiers) in an empty folder. */
export async function installInto(specifiers: readonly string[]): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-installed-'))
  await writeFile(join(folder, 'package.json'), '{ "name": "somebody", "private": true, "type": "module" }')
  await npm(folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', ...specifiers])
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'))
  const paths = Object.keys(lock.packages).filter(path => path !== '')
  return {
    folder,
    packages: new Set(
      paths.map(path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    ),
    runExample: async (code, env = {}) => {
      await writeFile(join(folder, 'example.ts'), code)
      const options = { cwd: folder, env: { ...outside(), ...env }, maxBuffer: 64 * 1024 * 1024 }
      return (await run(process.execPath, ['example.ts'], options)).stdout
    },
    runCommand: async (command, args) => {
      const options = { cwd: folder, env: outside(), maxBuffer: 64 * 1024 * 1024 }
      return (await run(join(folder, 'node_modules/.bin', command), args, options)).stdout
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Whether npm's registry answers, which a first installation needs. */
export async function registryAnswers(): Promise<boolean> {
  return npm(tmpdir(), ['ping', '--fetch-retries=0', '--fetch-timeout=8000']).then(
    () => true,
    () => false,
  )
}

/** What npm and Vitest tell the programs that they start about this repository; registry and proxies stay. */
const ofThisRepository =
  /^(npm_(package|lifecycle|command|execpath|config_(local_prefix|workspace|prefix))|INIT_CWD|NODE_ENV|NODE_PATH|VITEST)/i

/** The environment of somebody outside the clone; the Node that runs this comes first on the PATH. */
function outside(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !ofThisRepository.test(name))
  const env: Record<string, string | undefined> = Object.fromEntries(kept)
  const folders = (env['PATH'] ?? '').split(delimiter).filter(folder => !folder.startsWith(root))
  return { ...env, PATH: [dirname(process.execPath), ...folders].join(delimiter) }
}

function npm(cwd: string, args: readonly string[]): Promise<{ stdout: string }> {
  const options = { cwd, env: outside(), maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' }
  return run('npm', args, options)
}
