// Element types, and how each lies in memory. Not how a format numbers them: ONNX's numbers are @shoal/onnx's.

/** What holds the elements of each type: a typed array, or strings. */
export interface ElementsOf {
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
/** An element type whose elements are bytes. */
export type BinaryDtype = Exclude<TensorDtype, 'string'>
export type BinaryData = ElementsOf[BinaryDtype]

interface ArrayType {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): BinaryData
  new (length: number): BinaryData
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
}

export const arrayTypes: Readonly<Record<BinaryDtype, ArrayType>> = {
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

export const binaryDtypes = Object.keys(arrayTypes) as readonly BinaryDtype[]
export const tensorDtypes: readonly TensorDtype[] = [...binaryDtypes, 'string']

export const isTensorDtype = (value: unknown): value is TensorDtype =>
  value === 'string' || (typeof value === 'string' && Object.hasOwn(arrayTypes, value))

/** Bytes an element takes; 0 for strings. */
export const elementBytes = (dtype: TensorDtype): number =>
  dtype === 'string' ? 0 : arrayTypes[dtype].BYTES_PER_ELEMENT

/**
 * Elements of `dtype` over bytes, as many as they hold whole: a view where they are aligned for it, else a copy, of
 * whose bytes `onCopy` hears.
 */
export function elementsOver(
  dtype: BinaryDtype,
  bytes: Uint8Array,
  onCopy?: (bytes: number) => void,
): BinaryData {
  const ArrayOf = arrayTypes[dtype]
  const size = ArrayOf.BYTES_PER_ELEMENT
  const count = Math.floor(bytes.length / size)
  if (bytes.byteOffset % size === 0) return new ArrayOf(bytes.buffer, bytes.byteOffset, count)
  onCopy?.(bytes.length)
  // Not slice(): on a Node Buffer that is a view at the same odd offset.
  return new ArrayOf(new Uint8Array(bytes).buffer, 0, count)
}
