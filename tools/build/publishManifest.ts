// The package.json that is published, made from the one in the repository: doors lead to JavaScript and its types
// instead of to sources, and what only development needs is left out. Pure.

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly license?: string
  readonly exports?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** What every published package says alike. */
export interface Publication {
  /** Versions of the workspace's own packages, by name. */
  readonly versions: ReadonlyMap<string, string>
  readonly node: string
}

export function publishManifest(
  manifest: Manifest,
  { versions, node }: Publication,
): Readonly<Record<string, unknown>> {
  const { name, version, description, license, exports = {}, bin } = manifest
  const kept = { name, version, description, license, type: 'module', engines: { node } }
  const linked = (dependencies: Manifest['dependencies']) =>
    dependencies &&
    Object.fromEntries(Object.entries(dependencies).map(([of, range]) => [of, ownRange(of, range, versions)]))
  return defined({
    ...kept,
    sideEffects: bin === undefined ? false : undefined,
    exports: bin === undefined || Object.keys(exports).length > 0 ? publishedDoors(exports) : undefined,
    bin:
      bin && Object.fromEntries(Object.entries(bin).map(([command, path]) => [command, programPath(path)])),
    dependencies: linked(manifest.dependencies),
    peerDependencies: linked(manifest.peerDependencies),
    optionalDependencies: linked(manifest.optionalDependencies),
  })
}

function publishedDoors(doors: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(doors).map(([door, path]) => [
    door,
    { types: builtPath(path, '.d.ts'), default: builtPath(path, '.js') },
  ])
  return { ...Object.fromEntries(entries), './package.json': './package.json' }
}

/** './src/testing/index.ts' → './testing/index.js' */
export function builtPath(path: string, extension: '.js' | '.d.ts'): string {
  const inside = /^\.\/src\/(.+)\.ts$/.exec(path)?.[1]
  if (inside === undefined)
    throw new Error(`${path} is no source file below ./src, so nothing is built of it`)
  return `./${inside}${extension}`
}

/** A program that is JavaScript already is published as it stands. */
function programPath(path: string): string {
  return path.endsWith('.mjs') ? path.replace(/^\.\/src\//, './') : builtPath(path, '.js')
}

function ownRange(name: string, range: string, versions: ReadonlyMap<string, string>): string {
  const version = versions.get(name)
  return version === undefined ? range : `^${version}`
}

function defined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
