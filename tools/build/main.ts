// The `build` target of a package: `node tools/build/main.ts packages/core` makes packages/core/dist, a package that
// can be packed and published as it stands. Nothing in the repository needs it: sources run as they are.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emit } from './emit.ts'
import { builtPath, type Manifest, publishManifest } from './publishManifest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const readManifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))

interface OwnPackage {
  readonly folder: string
  readonly manifest: Manifest
}

async function ownPackages(): Promise<readonly OwnPackage[]> {
  const found: OwnPackage[] = []
  for (const group of ['packages', 'apps']) {
    for (const name of await readdir(join(root, group))) {
      const folder = join(root, group, name)
      const manifest = await readManifest(folder).catch(() => undefined)
      if (manifest !== undefined) found.push({ folder, manifest })
    }
  }
  return found
}

/** '@shoal/core/testing' → packages/core/dist/testing/index.d.ts, for every package but the one that is built. */
function builtTypes(own: readonly OwnPackage[], except: string): ReadonlyMap<string, string> {
  const doors = own
    .filter(({ manifest }) => manifest.name !== except)
    .flatMap(({ folder, manifest }) =>
      Object.entries(manifest.exports ?? {}).map(
        ([door, path]) =>
          [manifest.name + door.slice(1), join(folder, 'dist', builtPath(path, '.d.ts'))] as const,
      ),
    )
  return new Map(doors)
}

/** The code inside the page is bundled, not compiled: browsers get one file for each worker. */
async function buildBridgePage(folder: string): Promise<void> {
  const { buildPage } = await import(join(folder, 'src/node/host/buildPage.ts'))
  await buildPage(join(folder, 'dist/page'), join(root, '.cache/page-runtime'))
}

async function build(folder: string): Promise<void> {
  const manifest = await readManifest(folder)
  const isBridge = manifest.name === '@shoal/browser-bridge'
  const dist = join(folder, 'dist')
  await rm(dist, { recursive: true, force: true })
  const own = await ownPackages()
  await emit(folder, { without: isBridge ? ['page'] : [], types: builtTypes(own, manifest.name) })
  if (isBridge) await buildBridgePage(folder)
  const versions = new Map(own.map(({ manifest: { name, version } }) => [name, version]))
  const published = publishManifest(manifest, { versions, node: '>=22.12' })
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  await cp(join(root, 'LICENSE'), join(dist, 'LICENSE'))
  await cp(join(folder, 'README.md'), join(dist, 'README.md')).catch(() => {
    throw new Error(`${manifest.name} has no README.md, and a package without one is not published`)
  })
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: node tools/build/main.ts packages/NAME\n')
  process.exitCode = 2
} else {
  await build(join(root, folder)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
