// The `build` target of a package: `node tools/build/main.ts packages/core` makes packages/core/dist, a package that
// can be packed and published as it stands. Nothing in the repository needs it: sources run as they are.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emit } from './emit.ts'
import { type Manifest, publishManifest } from './publishManifest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const readManifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))

async function ownVersions(): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>()
  for (const group of ['packages', 'apps']) {
    for (const name of await readdir(join(root, group))) {
      const manifest = await readManifest(join(root, group, name)).catch(() => undefined)
      if (manifest !== undefined) versions.set(manifest.name, manifest.version)
    }
  }
  return versions
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
  await emit(folder, isBridge ? ['page'] : [])
  if (isBridge) await buildBridgePage(folder)
  const published = publishManifest(manifest, { versions: await ownVersions(), node: '>=22.12' })
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
