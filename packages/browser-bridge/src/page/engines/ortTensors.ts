// Between the wire's tensors and ONNX Runtime's. Neither way copies.

import { isTensorDtype, type NamedTensor, type Tensor } from '@shoal/tensor'
import * as ort from 'onnxruntime-web'
import type { ValueMetadata } from '../../protocol/messages.ts'
import { LaneError } from '../../protocol/wireErrors.ts'

export function toOrt(tensor: Tensor): ort.Tensor {
  const { dtype, dims } = tensor
  // Overloads of ort.Tensor tell dtypes apart one by one; a union of them fits none.
  return new ort.Tensor(dtype as 'float32', tensor.data as Float32Array, dims)
}

/** Fails with LaneError where the tensor's dtype cannot cross the wire (4-bit types). */
export function fromOrt(name: string, tensor: ort.Tensor): NamedTensor {
  const { type: dtype, dims } = tensor
  if (!isTensorDtype(dtype))
    throw new LaneError('EngineFailed', `'${name}' is ${dtype}, which cannot be sent`)
  const data: unknown = tensor.data
  if (dtype === 'float16' && !(data instanceof Uint16Array)) {
    // Float16Array where the browser has it: the same bits.
    const { buffer, byteOffset, length } = data as Uint16Array
    return { name, dtype, dims, data: new Uint16Array(buffer, byteOffset, length) }
  }
  return { name, dtype, dims, data } as NamedTensor
}

/** A free dim keeps its symbol; one without a name is '?'. */
export const toMetadata = (values: readonly ort.InferenceSession.ValueMetadata[]): ValueMetadata[] =>
  values.map(value => {
    if (!value.isTensor) return { name: value.name, dtype: 'unknown', dims: [] }
    return {
      name: value.name,
      dtype: isTensorDtype(value.type) ? value.type : 'unknown',
      dims: value.shape.map(dim => (dim === '' ? '?' : dim)),
    }
  })
