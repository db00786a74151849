import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Effect } from 'effect'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ModelProgress, ModelStore } from '../../src/index.ts'

const shared = process.env['SHOAL_SHARED'] ?? join(import.meta.dirname, '../../../../../shared')
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')
const noModels = existsSync(join(shared, 'models/mnist')) ? '' : ` (skipped: no models in ${shared})`
const asRoot = process.getuid?.() === 0 ? ' (skipped: root may read everything)' : ''
const longAgo = new Date(Date.now() - 60_000)

let folder: string
let store: ModelStore

const write = async (path: string, content: string, at = longAgo) => {
  const file = join(folder, 'models', path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, content)
  await utimes(file, at, at)
}
const failure = (name: string, options?: Parameters<ModelStore['resolve']>[1]) =>
  Effect.runPromise(Effect.flip(store.resolve(name, options)))
const resolve = (name: string, options?: Parameters<ModelStore['resolve']>[1]) =>
  Effect.runPromise(store.resolve(name, options))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-store-'))
  await write('bert-mini/config.json', '{"model_type":"bert"}')
  await write('bert-mini/onnx/model.onnx', 'graph')
  await write('bert-mini/onnx/model.onnx_data', 'weights')
  await write('bert-mini/onnx/model_fp16.onnx', 'half')
  await write('org/vit/onnx/model.onnx', 'vit')
  await write('mnist.onnx', 'digits')
  store = await Effect.runPromise(
    ModelStore.make({ cache: join(folder, 'cache'), folders: [join(folder, 'models')], hub: false }),
  )
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a model in a folder', () => {
  it('is read where it lies, its files hashed and its external data among them', async () => {
    const model = await resolve('bert-mini', { task: 'feature-extraction' })
    expect(model).toMatchObject({
      name: 'bert-mini',
      kind: 'task',
      task: 'feature-extraction',
      dtype: 'fp32',
      graphFile: 'onnx/model.onnx',
      config: { model_type: 'bert' },
      origin: join(folder, 'models/bert-mini'),
      bytes: 33,
      files: [
        { path: 'config.json', bytes: 21, sha256: sha256('{"model_type":"bert"}') },
        { path: 'onnx/model.onnx', bytes: 5, sha256: sha256('graph') },
        { path: 'onnx/model.onnx_data', bytes: 7, sha256: sha256('weights') },
      ],
    })
    expect(model.localPath('onnx/model.onnx')).toBe(join(folder, 'models/bert-mini/onnx/model.onnx'))
  })

  it('has the same key wherever it lies, and another one when a byte differs', async () => {
    await write('copy/config.json', '{"model_type":"bert"}')
    await write('copy/onnx/model.onnx', 'graph')
    await write('copy/onnx/model.onnx_data', 'weights')
    await write('other/config.json', '{"model_type":"bert"}')
    await write('other/onnx/model.onnx', 'graph')
    await write('other/onnx/model.onnx_data', 'weightz')
    const [original, copy, other] = await Promise.all(
      ['bert-mini', 'copy', 'other'].map(name => resolve(name)),
    )
    expect(copy?.key).toBe(original?.key)
    expect(other?.key).not.toBe(original?.key)
  })

  it.each([['org/vit'], ['models/org/vit'], ['mnist'], ['models/mnist.onnx']])(
    'is found as %s',
    async name => {
      const model = await resolve(name.startsWith('models/') ? join(folder, name) : name)
      expect(['org/vit', 'vit', 'mnist']).toContain(model.name)
      expect(model.kind).toBe('graph')
    },
  )

  it('is hashed once: a second store takes the kept hash, until the file changes', async () => {
    const hashed = async () => {
      const seen = new Set<string>()
      const again = await Effect.runPromise(ModelStore.make({ cache: join(folder, 'cache'), hub: false }))
      const onProgress = ({ file, source }: ModelProgress) => seen.add(`${source} ${file}`)
      await Effect.runPromise(again.resolve(join(folder, 'models/mnist.onnx'), { onProgress }))
      return [...seen]
    }
    expect(await hashed()).toEqual(['disk mnist.onnx'])
    expect(await hashed()).toEqual([])
    await write('mnist.onnx', 'digitz', new Date(longAgo.getTime() + 1000))
    expect(await hashed()).toEqual(['disk mnist.onnx'])
  })

  it('does not trust a hash of a file that was written a moment before', async () => {
    await write('mnist.onnx', 'fresh1', new Date())
    const first = await resolve('mnist')
    await write('mnist.onnx', 'fresh2', new Date())
    expect((await resolve('mnist')).key).not.toBe(first.key)
  })
})

describe('an opened file', () => {
  it.each([
    [undefined, 'weights', 7],
    [{ start: 0 }, 'weights', 7],
    [{ start: 2, end: 4 }, 'igh', 3],
    [{ start: 5, end: 99 }, 'ts', 2],
    [{ start: 7 }, '', 0],
  ])('gives the range %j', async (range, content, bytes) => {
    const model = await resolve('bert-mini')
    const opened = store.open(model.key, 'onnx/model.onnx_data', range)
    expect(opened).toMatchObject({ bytes, total: 7, type: 'application/octet-stream' })
    expect(opened && (await text(opened.stream))).toBe(content)
  })

  it.each(['../../etc/passwd', '/etc/passwd', 'onnx/../config.json', 'onnx/model_fp16.onnx', ''])(
    'is never one that does not belong to the model: %j',
    async path => {
      const model = await resolve('bert-mini')
      expect(model.open(path)).toBeUndefined()
      expect(model.localPath(path)).toBeUndefined()
      expect(store.open('0'.repeat(64), 'config.json')).toBeUndefined()
    },
  )

  it('is refused when it changed since the model was resolved', async () => {
    const model = await resolve('mnist')
    await write('mnist.onnx', 'changed', new Date())
    expect(() => model.open('mnist.onnx')).toThrow(expect.objectContaining({ _tag: 'ModelCorrupt' }))
  })
})

describe('a model that cannot be had from a folder', () => {
  it('is not found: says where it looked and what is near', async () => {
    expect(await failure('bert-mni')).toMatchObject({
      _tag: 'ModelNotFound',
      looked: [join(folder, 'models')],
      near: ['bert-mini'],
    })
    expect(await failure(join(folder, 'models/mnist.onx'))).toMatchObject({
      _tag: 'ModelNotFound',
      near: ['mnist.onnx'],
    })
  })

  it('lacks the dtype: says which there are', async () => {
    expect(await failure('bert-mini', { dtype: 'q4' })).toMatchObject({
      _tag: 'ModelFileMissing',
      file: 'model_q4.onnx',
      available: ['fp32', 'fp16'],
    })
  })

  it('has a config.json that is not JSON', async () => {
    await write('bert-mini/config.json', '{"model_type":')
    expect(await failure('bert-mini')).toMatchObject({ _tag: 'ModelUnreadable' })
  })

  it('has a name that would lead elsewhere', async () => {
    expect(await failure('org/..')).toMatchObject({ _tag: 'ModelNameRefused' })
  })

  it('a cache that cannot be written is refused at the door', async () => {
    await writeFile(join(folder, 'file'), '')
    const made = ModelStore.make({ cache: join(folder, 'file', 'cache') })
    expect(await Effect.runPromise(Effect.flip(made))).toMatchObject({ _tag: 'CacheUnwritable' })
  })

  it.skipIf(asRoot !== '')(`has a file without permission to read${asRoot}`, async () => {
    await chmod(join(folder, 'models/mnist.onnx'), 0)
    expect(await failure('mnist')).toMatchObject({ _tag: 'ModelUnreadable' })
  })
})

describe.skipIf(noModels !== '')(`a real model${noModels}`, () => {
  it('is a folder with one graph at its root', async () => {
    const model = await resolve(join(shared, 'models/mnist'))
    expect(model).toMatchObject({ graphFile: 'mnist.onnx', kind: 'graph' })
    const opened = model.open('mnist.onnx')
    const content = await readFile(join(shared, 'models/mnist/mnist.onnx'), 'latin1')
    expect(opened && (await text(opened.stream.setEncoding('latin1')))).toBe(content)
  })
})
