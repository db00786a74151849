// A tensor as Shoal passes it around: element type, dims, and flat row-major data. Not onnxruntime's Tensor
// class, and not ONNX's TensorProto (`tensorProto.ts` converts).
import { TensorError } from '../errors.ts'
import type { DType, TensorArray } from './dtype.ts'

export interface Tensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  /** float16 as bits in a Uint16Array, int64 as BigInt64Array, bool as Uint8Array, string as text. */
  readonly data: TensorArray | readonly string[]
}

/** Elements in a tensor of these dims; a scalar (no dims) has one. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** Refuses dims that are no dims, or that disagree with the data's length. @throws TensorError */
export function checkDims(name: string, dtype: DType, dims: readonly number[], length: number): void {
  const bad = dims.find(dim => !Number.isSafeInteger(dim) || dim < 0)
  if (bad !== undefined) throw tensorError(name, `a dim of ${bad}; dims are whole numbers from 0 up`)
  const expected = elementCount(dims)
  if (expected !== length)
    throw tensorError(name, `dims [${dims}] that need ${expected} ${dtype} values, but ${length} are given`)
}

export function tensorError(name: string, what: string): TensorError {
  return new TensorError({ tensor: name, message: `The tensor '${name}' has ${what}` })
}
