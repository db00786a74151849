import { describe, expect, it } from 'vitest'
import { InvalidInput } from '../src/errors.ts'
import { type ModelInput, toRunRequest } from '../src/inputs.ts'
import { resolveSpec } from '../src/ModelSpec.ts'
import type { ModelType } from '../src/ModelType.ts'

const specOf = (type: ModelType) => {
  const spec = resolveSpec({ name: 'm', type })
  if (spec instanceof Error) throw spec
  return spec
}
const pixels = { width: 2, height: 2, channels: 3, data: new Uint8Array(12) } as const

describe('toRunRequest', () => {
  it('takes text, and texts', () => {
    expect(toRunRequest(specOf('text_embedding'), 'hello', undefined)).toEqual({
      input: { kind: 'task', text: 'hello' },
      tensors: [],
    })
    expect(toRunRequest(specOf('text_embedding'), ['a', 'b'], undefined)).toMatchObject({
      input: { text: ['a', 'b'] },
    })
  })

  it('takes an encoded image, and raw pixels with their shape', () => {
    expect(toRunRequest(specOf('vision'), Uint8Array.of(1, 2, 3), undefined)).toMatchObject({
      input: { kind: 'task', image: 'encoded' },
      tensors: [{ name: 'image', dtype: 'uint8', dims: [3] }],
    })
    expect(toRunRequest(specOf('vision'), { image: pixels }, undefined)).toMatchObject({
      input: { image: { width: 2, height: 2, channels: 3 } },
      tensors: [{ name: 'image', dims: [2, 2, 3] }],
    })
  })

  it('takes bare samples as 16 kHz, and samples with their rate', () => {
    const samples = new Float32Array(4)
    expect(toRunRequest(specOf('audio'), samples, undefined)).toMatchObject({
      input: { audio: { samplingRate: 16_000 } },
    })
    expect(
      toRunRequest(specOf('audio'), { audio: { samples, samplingRate: 8000 } }, undefined),
    ).toMatchObject({
      input: { audio: { samplingRate: 8000 } },
      tensors: [{ name: 'audio', dims: [4] }],
    })
  })

  it('takes what a task needs beside its image, clip or text', () => {
    const specFor = (task: string) => {
      const spec = resolveSpec({ name: 'm', task })
      if (spec instanceof Error) throw spec
      return spec
    }
    const image = Uint8Array.of(1)
    expect(
      toRunRequest(specFor('zero-shot-image-classification'), { image, text: ['cat', 'dog'] }, undefined),
    ).toMatchObject({ input: { image: 'encoded', text: ['cat', 'dog'] } })
    expect(toRunRequest(specFor('image-to-text'), { image }, undefined)).toMatchObject({
      input: { image: 'encoded' },
    })
    expect(toRunRequest(specFor('text-to-speech'), 'say it', undefined)).toMatchObject({
      input: { text: 'say it' },
    })
    expect(
      toRunRequest(specFor('question-answering'), { text: 'who?', args: ['she did'] }, undefined),
    ).toMatchObject({ input: { text: 'who?', args: ['she did'] } })
    expect(toRunRequest(specFor('question-answering'), 'who?', undefined)).toBeInstanceOf(InvalidInput)
  })

  it('takes named tensors for a graph', () => {
    const tensors = { x: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) } } as const
    expect(toRunRequest(specOf('graph'), { tensors }, undefined)).toEqual({
      input: { kind: 'tensors' },
      tensors: [{ name: 'x', ...tensors.x }],
    })
  })

  it('passes the task’s own options on', () => {
    expect(toRunRequest(specOf('text_embedding'), 'x', { pooling: 'cls' })).toMatchObject({
      input: { options: { pooling: 'cls' } },
    })
  })

  const wrong: readonly [string, ModelType, unknown][] = [
    ['no text', 'text_embedding', ''],
    ['numbers among texts', 'text_embedding', ['a', 1]],
    ['an image for a text model', 'text_embedding', Uint8Array.of(1)],
    ['text for a vision model', 'vision', 'a cat'],
    ['pixels that do not fill their shape', 'vision', { image: { ...pixels, data: new Uint8Array(5) } }],
    ['no samples', 'audio', new Float32Array(0)],
    ['a sampling rate of 0', 'audio', { audio: { samples: new Float32Array(4), samplingRate: 0 } }],
    ['text for a graph', 'graph', 'hello'],
    ['no tensors', 'graph', { tensors: {} }],
    [
      'dims that do not fit the data',
      'graph',
      { tensors: { x: { dtype: 'float32', dims: [3], data: new Float32Array(2) } } },
    ],
    [
      'data of another type than the dtype',
      'graph',
      { tensors: { x: { dtype: 'int64', dims: [2], data: new Float32Array(2) } } },
    ],
    ['nothing', 'text_embedding', null],
  ]
  it.each(wrong)('refuses %s, naming the model and what came', (_, type, input) => {
    const refused = toRunRequest(specOf(type), input as ModelInput, undefined)
    expect(refused).toBeInstanceOf(InvalidInput)
    expect((refused as InvalidInput).message).toMatch(/^m \(/)
  })
})
