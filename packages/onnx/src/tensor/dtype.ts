// Element types: Shoal's names for them, ONNX's numbers (TensorProto.DataType), and how each lies in memory.
// float16 is a Uint16Array of bits, bool a Uint8Array of 0 and 1, int64 a BigInt64Array.

const numbered = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const

/** An element type that tensors can hold here. */
export type DType = keyof typeof numbered
export type NumericDType = Exclude<DType, 'string'>

const typedArrays = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const

export type TensorArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

export const dtypes = Object.keys(numbered) as readonly DType[]

const byNumber = new Map<number, DType>(dtypes.map(dtype => [numbered[dtype], dtype]))

export function dtypeNumber(dtype: DType): number {
  return numbered[dtype]
}

/** The name for an ONNX number, or undefined for one without a form here (complex, bfloat16, float8, int4…). */
export function dtypeOf(number: number | undefined): DType | undefined {
  return number === undefined ? undefined : byNumber.get(number)
}

export function bytesPerElement(dtype: NumericDType): number {
  return typedArrays[dtype].BYTES_PER_ELEMENT
}

/** A typed array of `dtype` over bytes: a view where the offset is aligned, else one copy. */
export function typedView(dtype: NumericDType, bytes: Uint8Array): TensorArray {
  const View = typedArrays[dtype]
  const size = View.BYTES_PER_ELEMENT
  // Not slice(): on a Node Buffer that is a view at the same odd offset.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new View(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / size)
}

/** An empty typed array of `dtype` and that many elements. */
export function newTyped(dtype: NumericDType, length: number): TensorArray {
  return new typedArrays[dtype](length)
}
