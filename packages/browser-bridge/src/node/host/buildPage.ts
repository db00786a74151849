// Builds the page with Vite: its sources, one ONNX Runtime, Transformers.js, and the runtime's own files beside them.
// Only where the sources are: a packed package carries the result and never imports this.

import { createHash, randomUUID } from 'node:crypto'
import { access, copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'

/** What a built page is, as it stands in `bundle.json` in its folder. */
export interface PageRecord {
  readonly build: string
  /** Below the folder; ends in '/'. */
  readonly runtime: string
}

const source = fileURLToPath(new URL('../../page/', import.meta.url))
const protocol = fileURLToPath(new URL('../../protocol/', import.meta.url))
const resolve = createRequire(import.meta.url).resolve

const ortDist = () => path.dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')))
const tensorFolder = () => path.dirname(fileURLToPath(import.meta.resolve('@shoal/tensor')))
const transformersDist = () => path.dirname(fileURLToPath(import.meta.resolve('@huggingface/transformers')))

/** WASM lanes take the plain files, lanes that wait for a device the asyncify ones. */
const runtimeFiles = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap(name => [
  `${name}.mjs`,
  `${name}.wasm`,
])

/** Changes with everything that the built page depends on. */
export async function pageSourceKey(): Promise<string> {
  const hash = createHash('sha256')
  const packages = [
    resolve('vite/package.json'),
    path.join(ortDist(), '../package.json'),
    path.join(transformersDist(), '../package.json'),
  ]
  const files = [
    fileURLToPath(import.meta.url),
    fileURLToPath(import.meta.resolve('uqr')),
    ...packages,
    ...(await filesIn(source)),
    ...(await filesIn(protocol)),
    ...(await filesIn(tensorFolder())),
  ]
  for (const file of files) {
    const content = await readFile(file)
    hash.update(`${path.basename(file)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex').slice(0, 24)
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
    .sort()
}

/**
 * Builds into `folder`, which is made whole or not at all. Runtime files are compressed once into `runtimeCache` and
 * linked from there.
 */
export async function buildPage(folder: string, runtimeCache: string): Promise<PageRecord> {
  const draft = `${folder}.${randomUUID()}`
  try {
    await mkdir(draft, { recursive: true })
    await bundle(path.join(draft, 'js'))
    const record = await assemble(draft, runtimeCache)
    await rename(draft, folder).catch(async (error: unknown) => {
      // Somebody else built the same meanwhile: theirs is as good.
      await access(path.join(folder, 'bundle.json')).catch(() => {
        throw error
      })
    })
    return record
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function bundle(outDir: string): Promise<void> {
  const vite = await import('vite')
  const ort = path.join(ortDist(), 'ort.webgpu.min.mjs')
  await vite.build({
    configFile: false,
    root: source,
    base: './',
    logLevel: 'error',
    publicDir: false,
    resolve: {
      alias: [
        { find: /^onnxruntime-web\/webgpu$/, replacement: path.join(source, 'engines/tap.ts') },
        { find: /^onnxruntime-(web|common)$/, replacement: ort },
        {
          find: /^@huggingface\/transformers$/,
          replacement: path.join(transformersDist(), 'transformers.web.js'),
        },
      ],
    },
    build: {
      outDir,
      target: 'esnext',
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
      rolldownOptions: {
        input: Object.fromEntries(
          ['main', 'link.worker', 'lane.worker', 'thread.worker'].map(name => [
            name,
            path.join(source, `${name}.ts`),
          ]),
        ),
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
}

/** Lays out what was bundled under the id of its content, with the page that starts it and the runtime. */
async function assemble(draft: string, runtimeCache: string): Promise<PageRecord> {
  const js = path.join(draft, 'js')
  const { version } = JSON.parse(await readFile(path.join(ortDist(), '../package.json'), 'utf8')) as {
    version: string
  }
  const template = await readFile(path.join(source, 'index.html'), 'utf8')
  const hash = createHash('sha256').update(`${version}\n${template}`)
  for (const file of await filesIn(js)) hash.update(`${path.basename(file)}\n`).update(await readFile(file))
  const build = hash.digest('hex').slice(0, 16)
  const assets = path.join(draft, 'assets', build)
  await mkdir(path.dirname(assets), { recursive: true })
  await rename(js, assets)
  await Promise.all((await filesIn(assets)).map(file => compress(file, `${file}.br`)))
  const html = template
    .replace('<html ', `<html data-build="${build}" `)
    .replace('%ENTRY%', `/assets/${build}/main.js`)
  await writeFile(path.join(draft, 'index.html'), html)
  const runtime = `runtime/${version}/`
  await placeRuntime(path.join(draft, runtime), path.join(runtimeCache, version))
  const record: PageRecord = { build, runtime }
  await writeFile(path.join(draft, 'bundle.json'), JSON.stringify(record))
  return record
}

async function placeRuntime(folder: string, cache: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await mkdir(cache, { recursive: true })
  await Promise.all(
    runtimeFiles.map(async name => {
      const kept = path.join(cache, name)
      await once(kept, draft => copyFile(path.join(ortDist(), name), draft))
      await once(`${kept}.br`, draft => compress(kept, draft))
      await Promise.all([
        place(kept, path.join(folder, name)),
        place(`${kept}.br`, path.join(folder, `${name}.br`)),
      ])
    }),
  )
}

/** 40 MB a build: linked where the file system can. */
const place = (file: string, target: string) => link(file, target).catch(() => copyFile(file, target))

async function once(file: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  )
    return
  const draft = `${file}.${randomUUID()}`
  await make(draft)
  await rename(draft, file)
}

/** Quality 5: a fifth of the time of the best, a tenth larger; the first start waits for this. */
async function compress(file: string, target: string): Promise<void> {
  const bytes = await promisify(brotliCompress)(await readFile(file), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 },
  })
  await writeFile(target, bytes)
}
