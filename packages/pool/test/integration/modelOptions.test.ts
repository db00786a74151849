import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeModel, GraphBuilder, type SeededModel, writeSeededModel } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Model, type ModelLoading, ResourcePool } from '../../src/index.ts'

let folder: string
let whisper: SeededModel
let pool: ResourcePool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-options-'))
  whisper = await writeSeededModel({ architecture: 'whisper', dtypes: ['fp32', 'q8'], cacheDir: folder })
  pool = await ResourcePool.start({ minConnections: 1, maxConnections: 1, hub: false })
})
afterAll(async () => {
  await pool?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A graph that multiplies by `factor`: which of its versions answered is seen in the answer. */
async function write(file: string, factor: number): Promise<string> {
  const builder = new GraphBuilder({ name: `times${factor}`, seed: 0 })
  const x = builder.input('x', 'float32', [1])
  const by = builder.constant('by', { dtype: 'float32', dims: [1], data: Float32Array.of(factor) })
  builder.output(builder.op('Mul', [x, by]), 'y', 'float32', [1])
  const path = join(folder, file)
  await writeFile(path, joinChunks(encodeModel(builder.build())))
  return path
}

const factorOf = async (model: Model): Promise<number | undefined> => {
  const { output } = await model.run({
    tensors: { x: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } },
  })
  return Number(output['y']?.data[0])
}

describe('two contents under one name', () => {
  it('are two versions side by side, told apart by their content', async () => {
    const name = await write('changing.onnx', 2)
    await using before = await pool.getModel({ name })
    await using same = await pool.getModel({ name })
    expect(pool.metrics().models.filter(model => model.name === name)).toHaveLength(1)
    expect(same.key).toBe(before.key)
    await write('changing.onnx', 3)
    await using after = await pool.getModel({ name })
    expect(before.status().version).not.toBe(after.status().version)
    expect([await factorOf(before), await factorOf(after)]).toEqual([2, 3])
    await using older = await pool.getModel({ name, version: before.status().version })
    expect(await factorOf(older)).toBe(2)
    expect(pool.metrics().models.filter(model => model.name === name)).toHaveLength(2)
  })

  it('are refused where neither is the version asked for', async () => {
    const name = await write('pinned.onnx', 2)
    await expect(pool.getModel({ name, version: 'deadbeef' })).rejects.toMatchObject({
      _tag: 'VersionMismatch',
      wanted: 'deadbeef',
    })
  })
})

describe('an alias', () => {
  it('is a model’s name; given to another, what was got by it follows, and what was accepted is answered', async () => {
    const [two, three] = [await write('two.onnx', 2), await write('three.onnx', 3)]
    await pool.alias('current', two)
    await using model = await pool.getModel({ name: 'current' })
    const accepted = Promise.all(Array.from({ length: 20 }, () => factorOf(model)))
    await pool.alias('current', three)
    expect(await factorOf(model)).toBe(3)
    expect(await accepted).toEqual(Array.from({ length: 20 }, () => 2))
    expect(pool.aliases()).toEqual({ current: three })
    expect(pool.explain(model).places).toHaveLength(1)
  })

  it('stays where it is when the other model cannot be had', async () => {
    await pool.alias('steady', await write('steady.onnx', 5))
    await using model = await pool.getModel({ name: 'steady' })
    await expect(pool.alias('steady', './no/such/model')).rejects.toMatchObject({ _tag: 'ModelNotFound' })
    expect(await factorOf(model)).toBe(5)
  })
})

describe('a model of two parts', () => {
  const clip = Float32Array.from({ length: 16_000 }, (_, at) => Math.sin(at / 20))
  const ask = async (model: Model) => (await model.run(clip, { options: { max_new_tokens: 4 } })).json
  const spec = () => ({ name: whisper.dir, task: 'automatic-speech-recognition' })

  it('tells its progress, and that loading in parallel changes nothing for files that are on this disk', async () => {
    const heard: ModelLoading[] = []
    await using oneByOne = await pool.getModel(spec())
    await using onDisk = await pool.getModel(
      { ...spec(), optimizations: { parallelLoading: true } },
      { onProgress: loading => heard.push(loading) },
    )
    expect(await ask(onDisk)).toEqual(await ask(oneByOne))
    const ignored = { option: 'optimizations.parallelLoading', reason: expect.stringContaining('this disk') }
    expect(heard).toContainEqual({ _tag: 'ignored', ...ignored })
    expect([onDisk, oneByOne].map(model => model.status().ignored)).toEqual([[ignored], []])
    const whole = heard.flatMap(loading =>
      loading._tag === 'loading' && loading.loaded === loading.total ? loading.file : [],
    )
    expect(whole).toEqual(
      expect.arrayContaining(['onnx/encoder_model.onnx', 'onnx/decoder_model_merged.onnx', 'config.json']),
    )
    const stages = heard.flatMap(loading => (loading._tag === 'stage' ? loading.stage : []))
    expect(stages).toContain('loading')
    expect(stages.at(-1)).toBe('ready')
  })

  it('has each part in the precision asked for', async () => {
    const heard: string[] = []
    await using mixed = await pool.getModel(
      { ...spec(), dtype: { decoder_model_merged: 'q8' } },
      { onProgress: loading => loading._tag === 'loading' && heard.push(loading.file) },
    )
    expect(await ask(mixed)).toMatchObject({ text: expect.any(String) })
    expect(new Set(heard.filter(file => file.endsWith('.onnx')))).toEqual(
      new Set(['onnx/encoder_model.onnx', 'onnx/decoder_model_merged_quantized.onnx']),
    )
  })

  it('is refused in a precision that a part has not', async () => {
    await expect(pool.getModel({ ...spec(), dtype: { encoder_model: 'fp16' } })).rejects.toMatchObject({
      _tag: 'ModelFileMissing',
      file: 'encoder_model_fp16.onnx',
    })
  })
})

describe('threads of a model’s own', () => {
  it('are what its lane has, beside the lane of the others', async () => {
    const name = await write('threads.onnx', 2)
    await using one = await pool.getModel({ name, threads: 1 })
    await using two = await pool.getModel({ name, threads: 2 })
    const threads: number[] = []
    for (const model of [one, two]) {
      const { placement } = await model.run({
        tensors: { x: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } },
      })
      threads.push(placement.threads)
    }
    expect(threads).toEqual([1, 2])
  })
})

describe('an order of back-ends', () => {
  it('is gone through where the first is not there, and says what was passed over', async () => {
    const name = await write('fallback.onnx', 2)
    await using model = await pool.getModel({ name, platform: 'webnn', fallback: ['wasm'] })
    expect(await factorOf(model)).toBe(2)
    expect(Object.values(model.status().replicas)).toMatchObject([
      { _tag: 'ready', backend: 'wasm', passedOver: [expect.any(String)] },
    ])
  })
})
