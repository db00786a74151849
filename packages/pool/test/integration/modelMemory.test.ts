import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareTensors, type SeededModel, writeSeededModel } from '@shoal/onnx'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Model, type PoolOptions, ResourcePool, type Tensor } from '../../src/index.ts'

const seeds = [1, 2, 3] as const

let folder: string
let seeded: readonly SeededModel[]
let expected: readonly Tensor[]
/** Of one model's files; all three are alike. */
let bytes: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-memory-'))
  seeded = await Promise.all(
    seeds.map(seed => writeSeededModel({ architecture: 'bertEncoder', seed, cacheDir: folder })),
  )
  expected = await Promise.all(seeded.map(reference))
  bytes = seeded[0]?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ids = [2, 17, 170, 1700, 3]
const tensorOf = (values: readonly number[]): Tensor => ({
  dtype: 'int64',
  dims: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
})
const inputs: Readonly<Record<string, Tensor>> = {
  input_ids: tensorOf(ids),
  attention_mask: tensorOf(ids.map(() => 1)),
  token_type_ids: tensorOf(ids.map(() => 0)),
}

async function reference({ dir }: SeededModel): Promise<Tensor> {
  const session = await InferenceSession.create(join(dir, 'onnx/model.onnx'))
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, dims }]) => [
      name,
      new OrtTensor('int64', data as BigInt64Array, [...dims]),
    ]),
  )
  const { last_hidden_state: output } = await session.run(feeds)
  if (!(output?.data instanceof Float32Array)) throw new Error('the reference gave no last_hidden_state')
  return { dtype: 'float32', dims: output.dims, data: output.data }
}

/** Asks the model, and holds its answer to its own reference. */
async function askRightly(model: Model, which: number): Promise<void> {
  const { output } = await model.run({ tensors: inputs })
  const [actual, wanted] = [output['last_hidden_state'], expected[which]]
  expect(actual && wanted && compareTensors(actual, wanted, 'fp32')).toMatchObject({ matches: true })
}

const onePage = (over: PoolOptions): PoolOptions => ({
  minConnections: 1,
  maxConnections: 1,
  hub: false,
  // However little memory the machine has left: that is not what is tested here.
  scaling: { memoryShare: 1 },
  ...over,
})
const specOf = (which: number) => ({ name: seeded[which]?.dir ?? '', type: 'graph' as const })
const stateOf = (model: Model) => Object.values(model.status().replicas).map(({ _tag }) => _tag)

describe('a page with room for two of three models', () => {
  it('has them take turns, the least recently used first, and answers each rightly', async () => {
    await using pool = await ResourcePool.start(onePage({ memory: { perPage: 3 * bytes } }))
    const models: Model[] = []
    for (const which of seeds.keys()) models.push(await pool.getModel(specOf(which)))
    expect(models.map(stateOf)).toEqual([['unloaded'], ['ready'], ['ready']])
    expect(models[0]?.status().replicas).toMatchObject({
      [Object.keys(models[0]?.status().replicas ?? {})[0] ?? '']: { why: 'room for others' },
    })
    for (let round = 0; round < 2; round++)
      for (const [which, model] of models.entries()) await askRightly(model, which)
    expect(models.map(stateOf)).toEqual([['unloaded'], ['ready'], ['ready']])
  })

  it('answers all that is asked of all three at the same time', async () => {
    await using pool = await ResourcePool.start(onePage({ memory: { perPage: 3 * bytes } }))
    const models = await Promise.all([...seeds.keys()].map(which => pool.getModel(specOf(which))))
    await Promise.all(
      models.flatMap((model, which) => Array.from({ length: 20 }, () => askRightly(model, which))),
    )
    const { accepted, answered, failed } = pool.metrics().requests
    expect({ accepted, answered, failed }).toEqual({ accepted: 60, answered: 60, failed: 0 })
    const loaded = models.filter(model => model.status().state === 'ready')
    expect(loaded.length).toBeLessThanOrEqual(2)
  })

  it('ends the lane with its last model, and one that nobody uses for idleUnloadMs is loaded again by its next request', async () => {
    await using pool = await ResourcePool.start(onePage({ idleUnloadMs: 300 }))
    await using model = await pool.getModel(specOf(0))
    await askRightly(model, 0)
    await vi.waitFor(() => expect(model.status().state).toBe('resting'), { timeout: 60_000 })
    await vi.waitFor(() => expect(pool.metrics().lanes).toEqual([]), { timeout: 60_000 })
    expect(stateOf(model)).toEqual(['unloaded'])
    await askRightly(model, 0)
  })
})

describe('a model that is larger than the room for models', () => {
  it('is refused with the bytes it takes, the bytes there are, and the way out', async () => {
    await using pool = await ResourcePool.start(onePage({ memory: { perPage: bytes } }))
    await expect(pool.getModel(specOf(0))).rejects.toMatchObject({
      _tag: 'ModelTooLarge',
      ceiling: 'page',
      needIs: 'predicted',
      freeBytes: bytes,
      needBytes: expect.any(Number),
      message: expect.stringContaining('raise memory.perPage'),
    })
  })
})
