// From what a Transformers.js pipeline answers to what crosses the wire: tensors, images and typed arrays anywhere in
// it become tensors, the rest is JSON in which { "$tensor": name } stands where one was.

import { RawImage, Tensor } from '@huggingface/transformers'
import type { NamedTensor } from '@shoal/tensor'
import type * as ort from 'onnxruntime-web'
import { fromOrt } from './ortTensors.ts'

export interface TaskAnswer {
  readonly tensors: NamedTensor[]
  /** Absent where the answer is one tensor, which is then named 'output'. */
  readonly json?: unknown
}

/** Transformers.js' tensors wrap ONNX Runtime's, which also know how to cross. */
export const fromTransformers = (name: string, tensor: Tensor): NamedTensor =>
  fromOrt(name, tensor.ort_tensor as ort.Tensor)

export function taskAnswer(value: unknown): TaskAnswer {
  const tensors: NamedTensor[] = []
  if (value instanceof Tensor) return { tensors: [fromTransformers('output', value)] }
  const add = (tensor: NamedTensor) => {
    tensors.push(tensor)
    return { $tensor: tensor.name }
  }
  const walk = (part: unknown, path: string): unknown => {
    if (part instanceof Tensor) return add(fromTransformers(path, part))
    if (part instanceof RawImage) {
      const { data, height, width, channels } = part
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length)
      return add({ name: path, dtype: 'uint8', dims: [height, width, channels], data: bytes })
    }
    if (part instanceof Float32Array)
      return add({ name: path, dtype: 'float32', dims: [part.length], data: part })
    if (Array.isArray(part)) return part.map((element, index) => walk(element, `${path}.${index}`))
    if (typeof part === 'object' && part !== null) {
      return Object.fromEntries(
        Object.entries(part).map(([key, inner]) => [key, walk(inner, `${path}.${key}`)]),
      )
    }
    if (typeof part === 'bigint') return Number(part)
    return part === undefined || typeof part === 'function' ? null : part
  }
  const json = walk(value, 'output')
  return { tensors, json }
}
