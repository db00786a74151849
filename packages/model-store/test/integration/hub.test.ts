import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Effect, Fiber } from 'effect'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ModelProgress, ModelStore, type ModelStoreOptions } from '../../src/index.ts'
import { startHub, type TestHub } from './hub.ts'

const weights = randomBytes(300_000)
const half = randomBytes(1000)
const at = '/org/bert/resolve/main/'
const graph = `${at}onnx/model.onnx`

let cache: string
let hub: TestHub
let store: ModelStore

const openStore = (options: ModelStoreOptions = {}) =>
  Effect.runPromise(ModelStore.make({ cache, hub: hub.url, retries: 2, ...options }))
const resolve = (name = 'org/bert', options?: Parameters<ModelStore['resolve']>[1]) =>
  Effect.runPromise(store.resolve(name, options))
const failure = (name = 'org/bert', options?: Parameters<ModelStore['resolve']>[1]) =>
  Effect.runPromise(Effect.flip(store.resolve(name, options)))
const gets = (path = graph) =>
  hub.requests.filter(request => request.method === 'GET' && request.path === path)

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'shoal-store-'))
  hub = await startHub({
    [`${at}config.json`]: { content: Buffer.from('{"model_type":"bert"}') },
    [graph]: { content: weights, large: true },
    [`${at}onnx/model_fp16.onnx`]: { content: half, large: true },
    '/graphs/mnist.onnx': { content: Buffer.from('digits') },
    '/graphs/mnist.onnx_data': { content: Buffer.from('weights') },
  })
  store = await openStore()
})

afterEach(async () => {
  await hub.close()
  await rm(cache, { recursive: true, force: true })
})

describe('a model on a hub', () => {
  it('is downloaded, verified and kept under its hash; progress is told', async () => {
    const progress: ModelProgress[] = []
    const model = await resolve('org/bert', { onProgress: event => progress.push(event) })
    expect(model).toMatchObject({
      name: 'org/bert',
      origin: `${hub.url}/org/bert`,
      config: { model_type: 'bert' },
    })
    expect(await readFile(model.localPath('onnx/model.onnx') ?? '')).toEqual(weights)
    const last = progress.filter(({ file }) => file === 'onnx/model.onnx').at(-1)
    expect(last).toEqual({
      file: 'onnx/model.onnx',
      loaded: weights.length,
      total: weights.length,
      source: 'hub',
    })
    expect(await readdir(join(cache, 'models/partial'))).toEqual([])
  })

  it('has its files asked for side by side where that is wanted: none waits for another', async () => {
    hub.fault = (_path, attempt) => (attempt === 0 ? { _tag: 'StallAfter', bytes: 1 } : undefined)
    const resolving = resolve('org/bert', { sideBySide: true })
    await vi.waitFor(
      () => expect([gets(), gets(`${at}config.json`)].map(({ length }) => length)).toEqual([1, 1]),
      {
        timeout: 20_000,
      },
    )
    hub.fault = () => undefined
    hub.cut()
    const model = await resolving
    expect(model.files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model.onnx'])
    expect(await readFile(model.localPath('onnx/model.onnx') ?? '')).toEqual(weights)
  })

  it('is given up as a whole with the first of its files that fails, side by side too', async () => {
    hub.fault = path =>
      path.endsWith('config.json') ? { _tag: 'Status', status: 403 } : { _tag: 'StallAfter', bytes: 1 }
    expect(await failure('org/bert', { sideBySide: true })).toMatchObject({ _tag: 'HubRefused' })
  })

  it('is not downloaded again, by this store or the next', async () => {
    await resolve()
    await resolve()
    store = await openStore()
    await resolve()
    expect(gets()).toHaveLength(1)
    expect(gets(`${at}config.json`)).toHaveLength(1)
  })

  it('is found without the hub once it is here', async () => {
    const { key } = await resolve()
    await hub.close()
    store = await openStore({ retries: 0 })
    expect((await resolve()).key).toBe(key)
    expect(await failure('org/bert', { dtype: 'fp16' })).toMatchObject({ _tag: 'HubUnreachable' })
  })

  it('is fetched anew where the hub has another version', async () => {
    const { key } = await resolve()
    hub.files.set(`${at}config.json`, { content: Buffer.from('{"model_type":"best"}') })
    expect((await resolve()).key).not.toBe(key)
    expect(gets()).toHaveLength(1)
  })

  it('is downloaded once when it is resolved several times at once', async () => {
    const models = await Promise.all([resolve(), resolve(), resolve()])
    expect(new Set(models.map(({ key }) => key)).size).toBe(1)
    expect(gets()).toHaveLength(1)
  })

  it('goes on downloading when one of two callers is interrupted', async () => {
    const first = Effect.runFork(store.resolve('org/bert'))
    const second = resolve()
    await Effect.runPromise(Fiber.interrupt(first))
    expect((await second).files).toHaveLength(2)
    expect(gets()).toHaveLength(1)
  })

  it.each([
    ['a hub URL', () => `${hub.url}/org/bert`, 2],
    ['a hub URL with a revision', () => `${hub.url}/org/bert/tree/main`, 2],
    ['the URL of a graph, its external data with it', () => `${hub.url}/graphs/mnist.onnx`, 2],
  ])('is named by %s', async (_, url, files) => {
    expect((await resolve(url())).files).toHaveLength(files)
  })

  it('is found by its usual names where the hub has no listing', async () => {
    hub.api = false
    const model = await resolve()
    expect(model.files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model.onnx'])
    expect(await failure('org/bert', { dtype: 'q4' })).toMatchObject({ available: ['fp32', 'fp16'] })
    store = await openStore()
    await resolve()
    expect(gets()).toHaveLength(1)
  })

  it('the token goes to the hub that it is for, and to no other host', async () => {
    store = await openStore({ hubToken: 'secret' })
    await resolve()
    expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer secret']),
    )
    hub.requests.length = 0
    store = await openStore({ hubToken: 'secret', hub: 'http://127.0.0.1:9' })
    await resolve(`${hub.url}/org/bert`, { dtype: 'fp16' })
    expect(new Set(hub.requests.map(({ authorization }) => authorization))).toEqual(new Set([undefined]))
  })
})

describe('a download that is cut', () => {
  const cutAt =
    (...sizes: readonly number[]) =>
    ({ file, loaded }: ModelProgress) => {
      if (file === 'onnx/model.onnx' && sizes.includes(loaded)) hub.cut()
    }

  it('goes on where it stopped', async () => {
    hub.fault = (path, attempt) =>
      path === graph && attempt < 2 ? { _tag: 'StallAfter', bytes: 100_000 } : undefined
    const model = await resolve('org/bert', { onProgress: cutAt(100_000, 200_000) })
    expect(await readFile(model.localPath('onnx/model.onnx') ?? '')).toEqual(weights)
    expect(gets().map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
  })

  it('is cut off when no byte comes, and goes on', async () => {
    hub.fault = (path, attempt) =>
      path === graph && attempt === 0 ? { _tag: 'StallAfter', bytes: 50_000 } : undefined
    store = await openStore({ stallMs: 2_000 })
    expect((await resolve()).bytes).toBe(weights.length + 21)
    expect(gets()).toHaveLength(2)
  })

  it('is resumed by the next store after the last caller left', async () => {
    hub.fault = (path, attempt) =>
      path === graph && attempt === 0 ? { _tag: 'StallAfter', bytes: 50_000 } : undefined
    store = await openStore({ stallMs: 60_000 })
    const some = Promise.withResolvers<void>()
    const fiber = Effect.runFork(
      store.resolve('org/bert', { onProgress: ({ loaded }) => loaded >= 50_000 && some.resolve() }),
    )
    await some.promise
    await Effect.runPromise(Fiber.interrupt(fiber))
    store = await openStore()
    await expect.poll(() => readdir(join(cache, 'models/partial'))).toHaveLength(1)
    await resolve()
    expect(gets().at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/)
  })

  it('starts over when what lies here is not a beginning of what is there', async () => {
    const content = randomBytes(weights.length)
    hub.fault = (path, attempt) =>
      path === graph && attempt === 0 ? { _tag: 'StallAfter', bytes: 100_000, content } : undefined
    const model = await resolve('org/bert', { onProgress: cutAt(100_000) })
    expect(await readFile(model.localPath('onnx/model.onnx') ?? '')).toEqual(weights)
    expect(gets().map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', undefined])
  })
})

describe('a hub that does not deliver', () => {
  it('does not know the model', async () => {
    expect(await failure('org/bret')).toMatchObject({ _tag: 'ModelNotFound', looked: [hub.url] })
    hub.api = false
    expect(await failure('org/bret')).toMatchObject({ _tag: 'ModelNotFound' })
    expect(await failure(`${hub.url}/graphs/none.onnx`)).toMatchObject({ _tag: 'ModelNotFound' })
  })

  it.each([401, 403, 451])('refuses with %i: not tried again', async status => {
    hub.fault = () => ({ _tag: 'Status', status })
    expect(await failure()).toMatchObject({ _tag: 'HubRefused', status })
    expect(gets(`${at}config.json`)).toHaveLength(1)
  })

  it('is overloaded for a moment: tried again', async () => {
    hub.fault = (_, attempt) => (attempt === 0 ? { _tag: 'Status', status: 503 } : undefined)
    expect((await resolve()).files).toHaveLength(2)
  })

  it('is overloaded for good: refused after the retries', async () => {
    hub.fault = () => ({ _tag: 'Status', status: 503 })
    expect(await failure()).toMatchObject({ _tag: 'HubRefused', status: 503 })
    expect(gets(`${at}config.json`)).toHaveLength(3)
  })

  it('sends other bytes than it promised: refused, and nothing of them is kept', async () => {
    const wrong = randomBytes(weights.length)
    hub.fault = path => (path === graph ? { _tag: 'Content', content: wrong } : undefined)
    expect(await failure()).toMatchObject({ _tag: 'ModelCorrupt', file: 'onnx/model.onnx' })
    expect(await readdir(join(cache, 'models/partial'))).toEqual([])
    hub.fault = () => undefined
    expect((await resolve()).files).toHaveLength(2)
  })

  it('sends more than it promised: refused', async () => {
    const content = Buffer.concat([weights, weights])
    hub.fault = path => (path === graph ? { _tag: 'Content', content } : undefined)
    expect(await failure()).toMatchObject({ _tag: 'ModelCorrupt', expected: `length ${weights.length}` })
  })

  it('sends a small file that its git id contradicts: refused', async () => {
    hub.fault = path =>
      path.endsWith('config.json')
        ? { _tag: 'Content', content: Buffer.from('{"model_type":"BERT"}') }
        : undefined
    expect(await failure()).toMatchObject({ _tag: 'ModelCorrupt', file: 'config.json' })
  })

  it('is not there at all', async () => {
    await hub.close()
    expect(await failure()).toMatchObject({ _tag: 'HubUnreachable' })
  })

  it('lists paths that step out of the model: they are not taken', async () => {
    hub.files.set(`${at}../../../evil.json`, { content: Buffer.from('{}') })
    expect((await resolve()).files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model.onnx'])
  })
})
