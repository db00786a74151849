import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { compareTensors, type SeededModel, writeSeededModel } from '@shoal/onnx'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelInput,
  type ModelSpec,
  ResourcePool,
  type RunAnswer,
  type Tensor,
} from '../../src/index.ts'

const shared = resolve(process.env['SHOAL_SHARED'] ?? '../shared')
const mnist = join(shared, 'models/mnist/mnist.onnx')
const custom = join(shared, 'models/super-resolution/model.onnx')

let folder: string
let bert: SeededModel
let vit: SeededModel
let pool: ResourcePool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-pool-'))
  ;[bert, vit] = await Promise.all([
    writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder }),
    writeSeededModel({ architecture: 'vit', cacheDir: folder }),
  ])
  pool = await ResourcePool.start({ minConnections: 2, maxConnections: 2, hub: false })
})

afterAll(async () => {
  await pool?.close()
  await rm(folder, { recursive: true, force: true })
})

const tokens = (...ids: number[]): Record<string, Tensor> => {
  const tensor = (values: number[]): Tensor => ({
    dtype: 'int64',
    dims: [1, values.length],
    data: BigInt64Array.from(values, BigInt),
  })
  return {
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map(() => 1)),
    token_type_ids: tensor(ids.map(() => 0)),
  }
}

async function reference(model: SeededModel, inputs: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const session = await InferenceSession.create(join(model.dir, 'onnx/model.onnx'))
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, dims, data }]) => [
      name,
      new OrtTensor(dtype as 'int64', data as BigInt64Array, [...dims]),
    ]),
  )
  const { last_hidden_state: output } = await session.run(feeds)
  if (!(output?.data instanceof Float32Array)) throw new Error('the reference gave no last_hidden_state')
  return { dtype: 'float32', dims: output.dims, data: output.data }
}

/** Runs until every kind of browser has answered; routing tries each lane once the known ones are busy. */
async function answersOfEachBrowser(spec: ModelSpec, input: ModelInput): Promise<Map<string, RunAnswer>> {
  await using model = await pool.getModel(spec)
  const kinds = new Set(pool.browsers().map(browser => browser.kind))
  const answers = new Map<string, RunAnswer>()
  while (answers.size < kinds.size) {
    const round = await pool.executeConcurrent(
      Array.from({ length: 6 }, () => [model, input] as const),
      {
        failFast: true,
      },
    )
    for (const answer of round) answers.set(answer.placement.browser, answer)
  }
  return answers
}

describe('a model in the pool', () => {
  it('answers raw tensors as onnxruntime-node does, in every browser', async () => {
    const inputs = tokens(2, 17, 170, 1700, 3)
    const expected = await reference(bert, inputs)
    const answers = await answersOfEachBrowser({ name: bert.dir, type: 'graph' }, { tensors: inputs })
    expect(answers.size).toBeGreaterThan(0)
    for (const [browser, { output, placement }] of answers) {
      const actual = output['last_hidden_state']
      expect(actual && compareTensors(actual, expected, 'fp32'), browser).toMatchObject({ matches: true })
      expect(placement).toMatchObject({ browser, backend: 'wasm', adapter: 'none' })
    }
  })

  it('answers a task from text, and gives its own tokens where they are asked for', async () => {
    await using model = await pool.getModel({ name: bert.dir, type: 'text_embedding' })
    const { output, inputs } = await model.run('A test of the pool', {
      returnInputs: true,
      options: { pooling: 'mean', normalize: true },
    })
    const [embedding] = Object.values(output)
    expect(embedding?.dims).toEqual([1, 128])
    const squares = Array.from(embedding?.data as Float32Array, value => value * value)
    expect(squares.reduce((sum, square) => sum + square)).toBeCloseTo(1, 5)
    expect(Object.keys(inputs ?? {})).toEqual(expect.arrayContaining(['input_ids', 'attention_mask']))
  })

  it('answers a task from raw pixels', async () => {
    await using model = await pool.getModel({ name: vit.dir, type: 'vision' })
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * 7) % 256)
    const { output } = await model.run({ image: { width: 32, height: 32, channels: 3, data } })
    expect(Object.values(output)[0]?.dims.at(-1)).toBe(128)
  })

  it('is loaded once however often it is asked for, and released with its last holder', async () => {
    const spec: ModelSpec = { name: bert.dir, type: 'graph' }
    const [first, second] = await Promise.all([pool.getModel(spec), pool.getModel(spec)])
    expect(second.key).toBe(first.key)
    await first.release()
    const answer = await second.run({ tensors: tokens(2, 5, 3) })
    expect(answer.output['last_hidden_state']?.dims).toEqual([1, 3, 128])
    await second.release()
    await expect(second.run({ tensors: tokens(2, 5, 3) })).rejects.toMatchObject({ _tag: 'ModelReleased' })
    await using again = await pool.getModel(spec)
    expect(again.status().state).toBe('ready')
  })

  it('takes its lane along when it is the last on it, so that the memory comes back', async () => {
    // A pool of its own: elsewhere another test's model may still be leaving the lane.
    await using alone = await ResourcePool.start({ maxConnections: 1, hub: false })
    const spec: ModelSpec = { name: vit.dir, type: 'graph' }
    const picture: ModelInput = {
      tensors: { pixel_values: { dtype: 'float32', dims: [1, 3, 96, 96], data: new Float32Array(27_648) } },
    }
    const laneOf = async () => {
      await using model = await alone.getModel(spec)
      return (await model.run(picture)).placement.lane
    }
    expect(await laneOf()).not.toBe(await laneOf())
  })

  it('is warm before its first request where precompileShaders asks for it', async () => {
    await using model = await pool.getModel({
      name: vit.dir,
      type: 'vision',
      optimizations: { precompileShaders: true },
    })
    const warmed = Object.values(model.status().replicas).flatMap(replica =>
      replica._tag === 'ready' ? (replica.warmMs ?? 0) : [],
    )
    expect(Math.min(...warmed)).toBeGreaterThan(0)
  })

  it('runs on WebGPU where it is asked for by name, labelled as a software adapter where it is one', async () => {
    await using model = await pool.getModel({ name: bert.dir, type: 'graph', platform: 'webgpu' })
    const inputs = tokens(2, 9, 3)
    const { output, placement } = await model.run({ tensors: inputs })
    const actual = output['last_hidden_state']
    expect(actual && compareTensors(actual, await reference(bert, inputs), 'fp32')).toMatchObject({
      matches: true,
    })
    expect(placement.backend).toBe('webgpu')
    expect(['software', 'hardware']).toContain(placement.adapter)
  })
})

describe('a wrong option of one run', () => {
  it('is refused at the door and harms nobody: the lane lives on', async () => {
    await using model = await pool.getModel({ name: bert.dir, type: 'text_embedding' })
    const lane = (await model.run('before')).placement.lane
    const wrong = [
      model.run('x', { deadlineMs: Number.POSITIVE_INFINITY }),
      model.run('x', { outputs: ['y'] }),
      model.run({ text: 42 } as never),
      model.run(['a', 1] as never),
      model.run('x', { options: 'cls' as never }),
    ]
    expect((await Promise.allSettled(wrong)).map(result => result.status)).toEqual(
      wrong.map(() => 'rejected'),
    )
    expect((await model.run('after')).placement.lane).toBe(lane)
    expect(pool.metrics().requests.rerun).toBe(0)
  })
})

describe('executeConcurrent', () => {
  it('settles each entry by itself, in order', async () => {
    await using model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const results = await pool.executeConcurrent([
      [model, { tensors: tokens(2, 3) }],
      [model, { tensors: {} }],
      [model, { tensors: tokens(2, 4, 3) }],
    ])
    expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('rejects with the first failure where failFast asks for it', async () => {
    await using model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const entries = [
      [model, { tensors: tokens(2, 3) }],
      [model, { tensors: {} }],
    ] as const
    await expect(pool.executeConcurrent(entries, { failFast: true })).rejects.toMatchObject({
      _tag: 'InvalidInput',
    })
  })
})

describe('wrong input', () => {
  it('is refused at the door: a model that is nowhere', async () => {
    await expect(pool.getModel({ name: './no/such/model' })).rejects.toMatchObject({ _tag: 'ModelNotFound' })
  })

  it('is refused at the door: a corrupt graph', async () => {
    const file = join(folder, 'corrupt.onnx')
    await writeFile(
      file,
      Uint8Array.from({ length: 300 }, (_, at) => (at * 37) % 256),
    )
    await expect(pool.getModel({ name: file })).rejects.toMatchObject({ _tag: 'OnnxDecodeError' })
  })

  it.skipIf(!existsSync(custom))(
    'is refused at the door: a custom operator that no back-end has (needs the shared models)',
    async () => {
      await expect(pool.getModel({ name: custom })).rejects.toThrowError(
        /com\.microsoft\.extensions:DecodeImage/,
      )
    },
  )

  it('is refused at the door: a dtype, and a shape, that the graph does not take', async () => {
    await using model = await pool.getModel({ name: bert.dir, type: 'graph' })
    const good = tokens(2, 3)
    const floats: Tensor = { dtype: 'float32', dims: [1, 2], data: Float32Array.of(2, 3) }
    await expect(model.run({ tensors: { ...good, input_ids: floats } })).rejects.toThrowError(
      /'input_ids' must be int64.*float32 \[1, 2\] was given/,
    )
    const flat: Tensor = { dtype: 'int64', dims: [2], data: BigInt64Array.of(2n, 3n) }
    await expect(model.run({ tensors: { ...good, input_ids: flat } })).rejects.toMatchObject({
      _tag: 'InputMismatch',
    })
  })

  it('is refused at the door: a task whose tokenizer is not there', async () => {
    const bare = join(folder, 'bare')
    await cp(bert.dir, bare, { recursive: true })
    await rm(join(bare, 'tokenizer.json'))
    await expect(pool.getModel({ name: bare, type: 'text_embedding' })).rejects.toMatchObject({
      _tag: 'ModelIncomplete',
      file: 'tokenizer.json',
    })
  })

  it('is refused with what there is instead: an unknown task, a missing precision', async () => {
    await expect(pool.getModel({ name: bert.dir, task: 'mind-reading' })).rejects.toThrowError(/mind-reading/)
    await expect(pool.getModel({ name: bert.dir, dtype: 'q8' })).rejects.toMatchObject({
      _tag: 'ModelFileMissing',
    })
  })

  it.skipIf(!existsSync(mnist))(
    'does not sink the model: right ones after it are answered (needs the shared models)',
    async () => {
      await using model = await pool.getModel({ name: mnist })
      const picture = (dims: number[]): Tensor => ({ dtype: 'float32', dims, data: new Float32Array(784) })
      await expect(model.run({ tensors: { Input3: picture([784]) } })).rejects.toMatchObject({
        _tag: 'InputMismatch',
      })
      const { output } = await model.run({ tensors: { Input3: picture([1, 1, 28, 28]) } })
      expect(output['Plus214_Output_0']?.dims).toEqual([1, 10])
    },
  )
})
