// Caches: a decoder fed piece by piece must say what it says when fed whole.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { SeededWeights } from '../../src/graph/SeededWeights.ts'
import { compareTensors, writeSeededModel } from '../../src/index.ts'
import { runReference, type Tensors } from '../reference.ts'
import { temporaryFolder } from '../temporaryFolder.ts'

const cacheDir = temporaryFolder()
const layers = 2
const heads = 2
const headSize = 64
const vocabulary = 4096

const ids = (rows: readonly (readonly number[])[]): Tensor => ({
  dtype: 'int64',
  dims: [rows.length, rows[0]?.length ?? 0],
  data: BigInt64Array.from(rows.flat(), BigInt),
})

const empty = (batch: number): Tensor => ({
  dtype: 'float32',
  dims: [batch, heads, 0, headSize],
  data: new Float32Array(0),
})

/** The logits of one position of one row. */
function logitsAt(outputs: Tensors, row: number, position: number): Tensor {
  const logits = outputs['logits'] as Tensor
  const at = (row * (logits.dims[1] ?? 0) + position) * vocabulary
  return {
    dtype: 'float32',
    dims: [vocabulary],
    data: (logits.data as Float32Array).subarray(at, at + vocabulary),
  }
}

function expectSame(actual: Tensor, wanted: Tensor): void {
  expect(compareTensors(actual, wanted, 'fp32').reason).toBeUndefined()
}

function presentAsPast(outputs: Tensors): Tensors {
  const presents = Object.entries(outputs).filter(([name]) => name.startsWith('present'))
  return Object.fromEntries(
    presents.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  )
}

describe('the GPT decoder', async () => {
  const { dir } = await writeSeededModel({ architecture: 'gptDecoder', cacheDir })
  const model = readFileSync(join(dir, 'onnx', 'model.onnx'))
  const noPast = (batch: number): Tensors =>
    Object.fromEntries(
      Array.from({ length: layers }, (_, i) =>
        ['key', 'value'].map(part => [`past_key_values.${i}.${part}`, empty(batch)]),
      ).flat(),
    )
  const run = (rows: number[][], mask: number[][], past: Tensors = noPast(rows.length)) =>
    runReference(model, { input_ids: ids(rows), attention_mask: ids(mask), ...past })
  const ones = (length: number) => new Array<number>(length).fill(1)

  it('fed token by token through its cache says what it says when fed whole', async () => {
    const tokens = [2, 700, 19, 2048, 33]
    const whole = await run([tokens], [ones(5)])
    let past = noPast(1)
    for (const [position, token] of tokens.entries()) {
      const step = await run([[token]], [ones(position + 1)], past)
      expectSame(logitsAt(step, 0, 0), logitsAt(whole, 0, position))
      past = presentAsPast(step)
    }
    for (const [name, tensor] of Object.entries(past))
      expectSame(tensor, whole[name.replace('past_key_values', 'present')] as Tensor)
  })

  it('takes the past length from the attention mask: a chunk after a chunk', async () => {
    const whole = await run([[2, 700, 19, 2048, 33, 5]], [ones(6)])
    const first = await run([[2, 700]], [ones(2)])
    const second = await run([[19, 2048, 33, 5]], [ones(6)], presentAsPast(first))
    for (const position of [2, 3, 4, 5])
      expectSame(logitsAt(second, 0, position - 2), logitsAt(whole, 0, position))
  })

  it('sees nothing ahead: a later token changes no earlier logits, an earlier one changes later ones', async () => {
    const one = await run([[2, 700, 19]], [ones(3)])
    const other = await run([[2, 700, 20]], [ones(3)])
    expectSame(logitsAt(other, 0, 1), logitsAt(one, 0, 1))
    expect(compareTensors(logitsAt(other, 0, 2), logitsAt(one, 0, 2), 'q8').matches).toBe(false)
    const changed = await run([[2, 701, 19]], [ones(3)])
    expect(compareTensors(logitsAt(changed, 0, 2), logitsAt(one, 0, 2), 'q8').matches).toBe(false)
  })

  it('a row padded on the left says what it says alone', async () => {
    const alone = await run([[2, 700, 19]], [ones(3)])
    const padded = await run(
      [
        [0, 0, 2, 700, 19],
        [9, 8, 7, 6, 5],
      ],
      [[0, 0, 1, 1, 1], ones(5)],
    )
    expectSame(logitsAt(padded, 0, 4), logitsAt(alone, 0, 2))
  })
})

describe('the merged Whisper decoder', async () => {
  const { dir } = await writeSeededModel({ architecture: 'whisper', cacheDir })
  const model = readFileSync(join(dir, 'onnx', 'decoder_model_merged.onnx'))
  const hiddenSize = heads * headSize
  const heard = (seed: number): Tensor => ({
    dtype: 'float32',
    dims: [1, 20, hiddenSize],
    data: new SeededWeights(seed).uniform('heard', 20 * hiddenSize, Math.sqrt(3)),
  })
  const noPast: Tensors = Object.fromEntries(
    Array.from({ length: layers }, (_, i) =>
      ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'].map(part => [
        `past_key_values.${i}.${part}`,
        empty(1),
      ]),
    ).flat(),
  )
  const run = (tokens: number[], encoder: Tensor, past?: Tensors) =>
    runReference(model, {
      input_ids: ids([tokens]),
      encoder_hidden_states: encoder,
      use_cache_branch: { dtype: 'bool', dims: [1], data: Uint8Array.of(past === undefined ? 0 : 1) },
      ...(past ?? noPast),
    })

  it('fed token by token through its caches says what it says when fed whole', async () => {
    const tokens = [2, 700, 19, 2048]
    const whole = await run(tokens, heard(1))
    let past: Tensors | undefined
    for (const [position, token] of tokens.entries()) {
      const step = await run([token], heard(1), past)
      expectSame(logitsAt(step, 0, 0), logitsAt(whole, 0, position))
      past = presentAsPast(step)
    }
  })

  it('with the cache branch hears the cached encoder, without it the given one', async () => {
    const first = await run([2], heard(1))
    const cached = await run([700], heard(2), presentAsPast(first))
    expectSame(logitsAt(cached, 0, 0), logitsAt(await run([2, 700], heard(1)), 0, 1))
    const other = await run([2], heard(2))
    expect(compareTensors(logitsAt(other, 0, 0), logitsAt(first, 0, 0), 'q8').matches).toBe(false)
  })
})
