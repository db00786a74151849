// Joined answers against lone ones, in real browsers: what a batch gives each request is what it would have had alone.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareTensors, type SeededModel, writeSeededModel } from '@shoal/onnx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Model, type ModelInput, type ModelSpec, ResourcePool, type Tensor } from '../../src/index.ts'

let folder: string
let bert: SeededModel
let vit: SeededModel
let pool: ResourcePool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-batching-'))
  ;[bert, vit] = await Promise.all([
    writeSeededModel({ architecture: 'bertEncoder', cacheDir: folder }),
    writeSeededModel({ architecture: 'vit', cacheDir: folder }),
  ])
  pool = await ResourcePool.start({ minConnections: 1, maxConnections: 1, hub: false })
})

afterAll(async () => {
  await pool?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Each input alone, then all at once with batching on. */
async function aloneAndTogether(spec: ModelSpec, inputs: readonly ModelInput[]) {
  await using plain = await pool.getModel(spec)
  const alone = []
  for (const input of inputs) alone.push(await plain.run(input))
  await using batched = await pool.getModel({ ...spec, batching: { maxSize: 4, maxDelayMs: 50 } })
  const together = await Promise.all(inputs.map(input => batched.run(input)))
  return { alone, together }
}

async function expectSame(spec: ModelSpec, inputs: readonly ModelInput[]) {
  const { alone, together } = await aloneAndTogether(spec, inputs)
  for (const [at, { output, placement }] of together.entries()) {
    const expected = alone[at]?.output ?? {}
    expect(Object.keys(output)).toEqual(Object.keys(expected))
    for (const [name, tensor] of Object.entries(output)) {
      const other = expected[name]
      expect(other && compareTensors(tensor, other, 'fp32'), `${at} ${name}`).toMatchObject({ matches: true })
    }
    expect(placement.batch).toMatchObject({ released: expect.stringMatching(/size|delay/) })
  }
  return together
}

const tokens = (length: number, rows = 1): ModelInput => {
  const tensor = (value: (at: number) => bigint): Tensor => ({
    dtype: 'int64',
    dims: [rows, length],
    data: BigInt64Array.from({ length: rows * length }, (_, at) => value(at)),
  })
  return {
    tensors: {
      input_ids: tensor(at => BigInt(5 + ((at * 37 + length) % 900))),
      attention_mask: tensor(() => 1n),
      token_type_ids: tensor(() => 0n),
    },
  }
}

describe('a batch', () => {
  it('of a graph with a mask is padded, and each answer cut back to its own rows and width', async () => {
    const inputs = [tokens(5), tokens(8, 2), tokens(3), tokens(20), tokens(24)]
    const answers = await expectSame({ name: bert.dir, type: 'graph' }, inputs)
    expect(answers.map(({ output }) => output['last_hidden_state']?.dims.slice(0, 2))).toEqual([
      [1, 5],
      [2, 8],
      [1, 3],
      [1, 20],
      [1, 24],
    ])
    // Those of about one width went together: four rows in one run, two in another.
    expect(answers.map(({ placement }) => placement.batch?.size)).toEqual([3, 3, 3, 2, 2])
  })

  it('of texts answers each as if it had been alone', async () => {
    const texts = [
      'A shoal turns as one',
      'Rain by the evening',
      ['two', 'at once'],
      'Measure, and write it down',
    ]
    await expectSame({ name: bert.dir, type: 'text_embedding' }, texts)
  })

  it('of pictures answers each as if it had been alone', async () => {
    const picture = (seed: number): ModelInput => ({
      image: {
        width: 32,
        height: 32,
        channels: 3,
        data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * seed) % 256),
      },
    })
    await expectSame({ name: vit.dir, type: 'vision' }, [picture(3), picture(7), picture(11)])
  })

  it('is refused for a model whose answers cannot be parted', async () => {
    const spec: ModelSpec = { name: bert.dir, task: 'text-classification', batching: true }
    await expect(pool.getModel(spec)).rejects.toMatchObject({
      _tag: 'UnsupportedOption',
      message: expect.stringContaining('leave batching out'),
    })
  })

  it('does not sink with one request that is wrong', async () => {
    await using model: Model = await pool.getModel({
      name: bert.dir,
      type: 'graph',
      batching: { maxDelayMs: 50 },
    })
    // Beyond the vocabulary: only the engine finds that out.
    const wild = tokens(4)
    if (typeof wild === 'object' && 'tensors' in wild) {
      const ids = wild.tensors['input_ids']
      if (ids?.dtype === 'int64') ids.data.fill(10_000_000n)
    }
    const results = await pool.executeConcurrent([
      [model, tokens(4)],
      [model, wild],
      [model, tokens(6)],
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
