// What goes together and what not, by the models' declared shapes. That joined answers equal lone ones is shown with
// real models in test/integration/batching.test.ts.

import type { RunResult } from '@shoal/browser-bridge'
import type { ModelSignature, ValueSignature } from '@shoal/onnx'
import { type NamedTensor, tensorOf } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import type { Batcher, BatcherChoice } from '../../src/batching/Batcher.ts'
import { graphBatcher } from '../../src/batching/graphBatcher.ts'
import { taskBatcher } from '../../src/batching/taskBatcher.ts'
import { toRunRequest } from '../../src/inputs.ts'
import { resolveSpec } from '../../src/ModelSpec.ts'
import type { Work } from '../../src/Work.ts'

const value = (name: string, ...dims: (number | string | null)[]): ValueSignature => ({
  name,
  dtype: 'float32',
  dims,
})
const signature = (
  inputs: readonly ValueSignature[],
  outputs: readonly ValueSignature[],
): ModelSignature => ({
  inputs,
  outputs,
  irVersion: 10,
  opsets: [],
  foreignOperators: [],
  externalFiles: [],
})
const zeros = (name: string, ...dims: number[]): NamedTensor => ({
  name,
  ...tensorOf('float32', dims, new Array(dims.reduce((a, b) => a * b, 1)).fill(0)),
})
const work = (...tensors: NamedTensor[]): Work => ({
  request: { input: { kind: 'tensors' }, tensors },
  options: {},
})
const result = (...outputs: NamedTensor[]): RunResult => ({
  timing: { queueMs: 0, preprocessMs: 0, computeMs: 1, postprocessMs: 0 },
  outputs,
  inputs: [],
})

function made(choice: BatcherChoice): Batcher {
  if ('refused' in choice) throw new Error(choice.refused)
  return choice
}

const bert = signature(
  [value('input_ids', 'b', 's'), value('attention_mask', 'b', 's')],
  [value('last_hidden_state', 'b', 's', 4), value('pooler', 'b', 4)],
)
const text = (rows: number, width: number) =>
  work(zeros('input_ids', rows, width), zeros('attention_mask', rows, width))

describe('a graph', () => {
  it('is refused where its first dimension is fixed, or is not the same in all of its inputs and outputs', () => {
    const refusals = [
      signature([value('x', 1, 4)], [value('y', 1)]),
      signature([value('x', 'a')], [value('y', 'b')]),
      signature([value('x', 'a'), value('z', 3)], [value('y', 'a')]),
      signature([value('x', null)], [value('y', null)]),
    ].map(one => graphBatcher(one))
    expect(refusals).toEqual(refusals.map(() => ({ refused: expect.stringContaining('has no batch axis') })))
  })

  it('goes with others of exactly its shape where nothing says that padding has no effect', () => {
    const batcher = made(graphBatcher(signature([value('x', 'b', 'w')], [value('y', 'b')])))
    const bucketOf = (width: number) => batcher.fit(work(zeros('x', 1, width)))?.bucket
    expect(bucketOf(5)).toBe(bucketOf(5))
    expect(bucketOf(5)).not.toBe(bucketOf(6))
  })

  it('of a text encoder with a mask goes with others of about its width, and is cut back to its own', () => {
    const batcher = made(graphBatcher(bert))
    expect(batcher.fit(text(1, 3))?.bucket).toBe(batcher.fit(text(2, 8))?.bucket)
    expect(batcher.fit(text(1, 8))?.bucket).not.toBe(batcher.fit(text(1, 9))?.bucket)
    const parts = [text(1, 3), text(2, 5)]
    expect(batcher.join(parts).request.tensors.map(({ dims }) => dims)).toEqual([
      [3, 5],
      [3, 5],
    ])
    const answers = batcher.part(result(zeros('last_hidden_state', 3, 5, 4), zeros('pooler', 3, 4)), parts)
    expect(answers.map(({ outputs }) => outputs.map(({ dims }) => dims))).toEqual([
      [
        [1, 3, 4],
        [1, 4],
      ],
      [
        [2, 5, 4],
        [2, 4],
      ],
    ])
  })

  it('is not padded where an output has an axis that may be computed from the padded one', () => {
    const batcher = made(graphBatcher(signature(bert.inputs, [value('y', 'b', 's + 1')])))
    expect(batcher.fit(text(1, 3))?.bucket).not.toBe(batcher.fit(text(1, 4))?.bucket)
  })

  it('goes only with requests for the same outputs', () => {
    const batcher = made(graphBatcher(bert))
    const one = { ...text(1, 3), options: { outputs: ['pooler'] } }
    expect(batcher.fit(one)?.bucket).not.toBe(batcher.fit(text(1, 3))?.bucket)
  })

  it('whose answer has not the rows of its requests is not parted', () => {
    const batcher = made(graphBatcher(bert))
    expect(() => batcher.part(result(zeros('pooler', 1, 4)), [text(1, 3), text(1, 3)])).toThrow(/1 rows/)
  })
})

describe('a task', () => {
  const request = (input: Parameters<typeof toRunRequest>[1], options?: Record<string, unknown>): Work => {
    const spec = resolveSpec({
      name: 'm',
      type: typeof input === 'string' || Array.isArray(input) ? 'text_embedding' : 'vision',
    })
    if (spec instanceof Error) throw spec
    const made = toRunRequest(spec, input, options)
    if (made instanceof Error) throw made
    return { request: made, options: {} }
  }

  it('is refused where its answers cannot be parted, or nothing masks its padding', () => {
    expect(taskBatcher('text-generation', bert)).toEqual({
      refused: expect.stringContaining('text-generation'),
    })
    const unmasked = signature([value('input_ids', 'b', 's')], [value('y', 'b')])
    expect(taskBatcher('feature-extraction', unmasked)).toEqual({
      refused: expect.stringContaining('attention_mask'),
    })
    const fixed = signature([value('pixel_values', 1, 3, 8, 8)], [value('y', 1, 4)])
    expect(taskBatcher('image-feature-extraction', fixed)).toEqual({
      refused: expect.stringContaining('batch axis'),
    })
  })

  it('on texts makes one list of them, and gives each its rows', () => {
    const batcher = made(taskBatcher('feature-extraction', bert))
    const parts = [request('one'), request(['two', 'three'])]
    expect(parts.map(part => batcher.fit(part)?.rows)).toEqual([1, 2])
    expect(batcher.join(parts).request.input).toMatchObject({ text: ['one', 'two', 'three'] })
    const answers = batcher.part(result(zeros('output', 3, 4)), parts)
    expect(answers.map(({ outputs }) => outputs[0]?.dims)).toEqual([
      [1, 4],
      [2, 4],
    ])
  })

  it('keeps apart what has other options, and lets go alone what is as wide as its text', () => {
    const batcher = made(taskBatcher('feature-extraction', bert))
    expect(batcher.fit(request('a', { pooling: 'cls' }))?.bucket).not.toBe(batcher.fit(request('a'))?.bucket)
    expect(batcher.fit(request('a', { pooling: 'none' }))).toBeUndefined()
    expect(batcher.fit({ ...request('a'), options: { returnInputs: true } })).toBeUndefined()
  })

  it('on images takes them in their order', () => {
    const vit = signature([value('pixel_values', 'b', 3, 8, 8)], [value('y', 'b', 4)])
    const batcher = made(taskBatcher('image-feature-extraction', vit))
    const image = (shade: number) => ({
      width: 1,
      height: 1,
      channels: 1 as const,
      data: Uint8Array.of(shade),
    })
    const parts = [request({ image: image(1) }), request({ image: image(2) })]
    expect(batcher.join(parts).request.tensors.map(({ data }) => data[0])).toEqual([1, 2])
  })
})
