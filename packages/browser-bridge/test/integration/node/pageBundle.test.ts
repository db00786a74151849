// The built page: made once, whole or not at all, under an id that is the hash of its content.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { pageBundle } from '../../../src/node/host/pageBundle.ts'

let folder: string
const before = process.env['SHOAL_CACHE']
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-page-'))
  process.env['SHOAL_CACHE'] = folder
})
afterEach(async () => {
  if (before === undefined) delete process.env['SHOAL_CACHE']
  else process.env['SHOAL_CACHE'] = before
  await rm(folder, { recursive: true, force: true })
})

it('is built once by two who want it at once, and found by a third; no draft is left', async () => {
  const [one, two] = await Promise.all([pageBundle(), pageBundle()])
  expect(two).toEqual(one)
  expect(await pageBundle()).toEqual(one)
  expect(await readdir(path.join(folder, 'page'))).toEqual([path.basename(one.folder)])
})

it('holds the page, its workers, one engine, and the runtime with everything compressed beside it', async () => {
  const { folder: root, build, runtime } = await pageBundle()
  const html = await readFile(path.join(root, 'index.html'), 'utf8')
  expect(html).toContain(`data-build="${build}"`)
  expect(html).toContain(`src="/assets/${build}/main.js"`)
  const assets = await readdir(path.join(root, 'assets', build))
  expect(assets).toEqual(
    expect.arrayContaining([
      'main.js',
      'link.worker.js',
      'lane.worker.js',
      'lane.worker.js.br',
      'thread.worker.js',
    ]),
  )
  const files = (await readdir(path.join(root, runtime))).filter(file => !file.endsWith('.br'))
  expect(files.sort()).toEqual([
    'ort-wasm-simd-threaded.asyncify.mjs',
    'ort-wasm-simd-threaded.asyncify.wasm',
    'ort-wasm-simd-threaded.mjs',
    'ort-wasm-simd-threaded.wasm',
  ])
  const engines = await Promise.all(
    assets
      .filter(file => file.endsWith('.js'))
      .map(file => readFile(path.join(root, 'assets', build, file), 'utf8')),
  )
  expect(
    engines.filter(text => text.includes('another WebGPU EP inference session')).length,
  ).toBeLessThanOrEqual(1)
  expect(engines.filter(text => text.includes('no available backend found')).length).toBe(1)
})

it('starts workers from its main thread, and in no other script but the engine’s', async () => {
  const { folder: root, build } = await pageBundle()
  const read = (name: string) => readFile(path.join(root, 'assets', build, name), 'utf8')
  const starts = async (name: string) => (await read(name)).includes('new Worker(')
  expect(await starts('main.js')).toBe(true)
  expect([await starts('link.worker.js'), await starts('thread.worker.js')]).toEqual([false, false])
})

it('whose record is torn is built again', async () => {
  const built = await pageBundle()
  await writeFile(path.join(built.folder, 'bundle.json'), '{"build":"')
  expect(await pageBundle()).toEqual(built)
  expect(JSON.parse(await readFile(path.join(built.folder, 'bundle.json'), 'utf8'))).toMatchObject({
    build: built.build,
  })
})

it('that cannot be written is one typed error, in one line, with what to do', async () => {
  const file = path.join(folder, 'a-file')
  await writeFile(file, '')
  process.env['SHOAL_CACHE'] = path.join(file, 'cache')
  await expect(pageBundle()).rejects.toMatchObject({
    _tag: 'PageBuildFailed',
    message: expect.stringMatching(/^The page for browsers could not be built into [^\n]+SHOAL_CACHE[^\n]+$/),
  })
})
