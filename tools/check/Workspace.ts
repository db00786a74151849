// What the checks look at: the workspace's packages and every source file with what it imports. Read once,
// from the files that git knows or would add (so that build outputs and caches are never looked at).
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Import, importsOf } from './importsOf.ts'

export interface Workspace {
  readonly root: string
  readonly packages: readonly Package[]
  readonly files: readonly SourceFile[]
  /** Development dependencies of the root: what every test and tool may use. */
  readonly shared: ReadonlySet<string>
}

export interface Package {
  readonly name: string
  /** '/'-separated, relative to the root, without a slash at the end: 'packages/core'. */
  readonly folder: string
  /** The subpaths of its exports map: '.', './testing'. */
  readonly doors: readonly string[]
  readonly dependencies: ReadonlySet<string>
  readonly devDependencies: ReadonlySet<string>
}

export interface SourceFile {
  /** '/'-separated, relative to the root. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
}

const sources = /\.(ts|tsx|mts|mjs|js)$/

export function readWorkspace(root: string): Workspace {
  const paths = listFiles(root)
  const manifests = paths.filter(path =>
    /^(packages|apps)\/[^/]+\/package\.json$|^tools\/package\.json$/.test(path),
  )
  const rootManifest = join(root, 'package.json')
  return {
    root,
    packages: manifests.map(path => readPackage(root, path)),
    files: paths
      .filter(path => sources.test(path) && existsSync(join(root, path)))
      .map(path => readSource(root, path)),
    shared: new Set(
      existsSync(rootManifest) ? Object.keys(readJson(rootManifest).devDependencies ?? {}) : [],
    ),
  }
}

/** The package that a file belongs to. */
export function packageOf(workspace: Workspace, path: string): Package | undefined {
  return workspace.packages.find(({ folder }) => path.startsWith(`${folder}/`))
}

function listFiles(root: string): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(listed.split('\0').filter(path => path !== ''))].sort()
}

interface Manifest {
  readonly name?: string
  readonly exports?: string | Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function readJson(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function readPackage(root: string, manifestPath: string): Package {
  const manifest = readJson(join(root, manifestPath))
  const { dependencies, peerDependencies, optionalDependencies, devDependencies, exports = {} } = manifest
  return {
    name: manifest.name ?? '',
    folder: manifestPath.slice(0, -'/package.json'.length),
    doors: typeof exports === 'string' ? ['.'] : Object.keys(exports),
    dependencies: new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })),
    devDependencies: new Set(Object.keys(devDependencies ?? {})),
  }
}

function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, lines: text.split('\n').length, imports: importsOf(path, text) }
}
