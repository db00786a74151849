// A tensor as a plain value: element type, dims, and its elements in row-major order. Not an engine's tensor (no
// device, no disposal) and not a file's: who has such turns it into this and back.

import { arrayTypes, type BinaryData, type BinaryDtype, type ElementsOf, type TensorDtype } from './dtype.ts'

/** `dims` in elements, none for a scalar; their product is the length of `data`. */
export type Tensor = {
  [D in TensorDtype]: { readonly dtype: D; readonly dims: readonly number[]; readonly data: ElementsOf[D] }
}[TensorDtype]

export type NamedTensor = Tensor & { readonly name: string }

/** Product of the dims, or undefined where a dim is no size or the product is beyond exact integers. */
export function elementCount(dims: readonly number[]): number | undefined {
  let count = 1
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) return undefined
    count *= dim
  }
  return Number.isSafeInteger(count) ? count : undefined
}

/** The tensor's own bytes, no copy. Empty for strings. */
export function tensorBytes(tensor: Tensor): Uint8Array {
  if (tensor.dtype === 'string') return new Uint8Array(0)
  const { buffer, byteOffset, byteLength } = tensor.data
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** `count` elements of zero. */
export const zeroElements = (dtype: BinaryDtype, count: number): BinaryData => new arrayTypes[dtype](count)

/** A tensor of zeros, or of empty strings. Fails with RangeError where the dims are not sizes. */
export function zeros(dtype: TensorDtype, dims: readonly number[]): Tensor {
  const count = elementCount(dims)
  if (count === undefined) throw new RangeError(`dims [${dims.join(', ')}] are not sizes`)
  if (dtype === 'string') return { dtype, dims, data: new Array<string>(count).fill('') }
  return { dtype, dims, data: zeroElements(dtype, count) } as Tensor
}

/**
 * A tensor of plain values: numbers, what BigInt() takes for 64-bit integers, half bits for float16, strings. Not
 * checked: `tensorFault` says whether they are as many as the dims hold.
 */
export function tensorOf(dtype: TensorDtype, dims: readonly number[], values: readonly unknown[]): Tensor {
  if (dtype === 'string') return { dtype, dims, data: values.map(String) }
  const data = zeroElements(dtype, values.length)
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array
  for (const [at, value] of values.entries()) {
    if (wide) data[at] = BigInt(value as number)
    else data[at] = Number(value)
  }
  return { dtype, dims, data } as Tensor
}

/** Why a tensor contradicts itself (data of another type, dims that do not fit), or undefined where it is sound. */
export function tensorFault({ dtype, dims, data }: Tensor): string | undefined {
  const count = elementCount(dims)
  if (count === undefined) return `dims [${dims.join(', ')}] are not sizes`
  if (dtype === 'string') {
    if (!Array.isArray(data) || !data.every(element => typeof element === 'string')) {
      return 'string data must be an array of strings'
    }
  } else if (!Object.hasOwn(arrayTypes, dtype)) {
    return `dtype '${String(dtype)}' is unknown`
  } else if (!(data instanceof arrayTypes[dtype])) {
    return `${dtype} data must be a ${arrayTypes[dtype].name}`
  }
  if (data.length !== count) {
    return `dims [${dims.join(', ')}] hold ${count} elements, data has ${data.length}`
  }
  return undefined
}
