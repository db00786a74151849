// A tensor as it crosses the wire and the pool: dtype, dims and its bytes as a typed array. Not an engine's
// tensor (no device, no disposal): engines turn it into theirs and back.

interface ElementsOf {
  float32: Float32Array
  /** IEEE half bits: JavaScript has no half arrays everywhere yet. */
  float16: Uint16Array
  float64: Float64Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  int64: BigInt64Array
  uint64: BigUint64Array
  /** One byte an element, 0 or 1. */
  bool: Uint8Array
  string: readonly string[]
}

export type TensorDtype = keyof ElementsOf

/** Elements in row-major order; `dims` in elements; the product of `dims` is the length of `data`. */
export type Tensor = {
  [D in TensorDtype]: { readonly dtype: D; readonly dims: readonly number[]; readonly data: ElementsOf[D] }
}[TensorDtype]

export type NamedTensor = Tensor & { readonly name: string }

/** How a tensor stands in a frame's header. `byteLength` is without padding; a string tensor has no bytes. */
export interface TensorDescriptor {
  readonly name: string
  readonly dtype: TensorDtype
  readonly dims: readonly number[]
  readonly byteLength: number
  readonly strings?: readonly string[]
}

type BinaryDtype = Exclude<TensorDtype, 'string'>
type BinaryData = Exclude<Tensor['data'], readonly string[]>
type View = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => BinaryData

const views: Record<BinaryDtype, View & { readonly BYTES_PER_ELEMENT: number }> = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
}

/** Bytes an element takes; 0 for strings, which travel in the header. */
export const elementBytes = (dtype: TensorDtype): number =>
  dtype === 'string' ? 0 : views[dtype].BYTES_PER_ELEMENT

export const isTensorDtype = (value: unknown): value is TensorDtype =>
  value === 'string' || (typeof value === 'string' && Object.hasOwn(views, value))

/** Product of the dims, or undefined where a dim is no size or the product is beyond exact integers. */
export function elementCount(dims: readonly number[]): number | undefined {
  let count = 1
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) return undefined
    count *= dim
  }
  return Number.isSafeInteger(count) ? count : undefined
}

/** The tensor's own bytes, no copy. Empty for string tensors. */
export function tensorBytes(tensor: Tensor): Uint8Array {
  if (tensor.dtype === 'string') return new Uint8Array(0)
  const { buffer, byteOffset, byteLength } = tensor.data
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** A view of `dtype` over bytes that are already aligned for it. */
export function viewOf(
  dtype: BinaryDtype,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): BinaryData {
  return new views[dtype](buffer, byteOffset, length)
}

/** Why a tensor contradicts itself (data of another type, dims that do not fit), or undefined where it is sound. */
export function tensorFault(tensor: Tensor): string | undefined {
  const count = elementCount(tensor.dims)
  if (count === undefined) return `dims [${tensor.dims.join(', ')}] are not sizes`
  if (tensor.dtype === 'string') {
    if (!Array.isArray(tensor.data)) return 'string data must be an array of strings'
  } else if (!Object.hasOwn(views, tensor.dtype)) {
    return `dtype '${String(tensor.dtype)}' is unknown`
  } else if (!(tensor.data instanceof views[tensor.dtype])) {
    return `${tensor.dtype} data must be a ${views[tensor.dtype].name}`
  }
  if (tensor.data.length !== count) {
    return `dims [${tensor.dims.join(', ')}] hold ${count} elements, data has ${tensor.data.length}`
  }
  return undefined
}
