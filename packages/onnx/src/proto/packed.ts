// Packed repeated numbers of protobuf as typed arrays: views of the file where the element width is fixed and
// the offset aligned, else one decoded copy.
import type { Field } from './fields.ts'
import type { Reader } from './Reader.ts'

export type PackedArray = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array

/** Reads one packed payload that ends at `stop`. */
export function readPacked(reader: Reader, field: Field, stop: number): PackedArray {
  if (field.type === 'float' || field.type === 'double') return readFixed(reader, field, stop)
  let count = 0
  for (let at = reader.offset; at < stop; at++) if ((reader.bytes[at] as number) < 0x80) count++
  const values = readIntegers(reader, field, count, stop)
  if (reader.offset !== stop) throw reader.fail('Truncated', 'a packed payload that ends inside a varint')
  return values
}

/** Reads one element that was written unpacked: legal, and rare. */
export function readPackedOne(reader: Reader, field: Field, end: number): PackedArray {
  if (field.type === 'float') return Float32Array.of(reader.view.getFloat32(reader.fixed(4, end), true))
  if (field.type === 'double') return Float64Array.of(reader.view.getFloat64(reader.fixed(8, end), true))
  return readIntegers(reader, field, 1, end)
}

/** Joins the pieces of one field in order; a single piece stays as it is. */
export function joinPacked(pieces: readonly PackedArray[]): PackedArray {
  const [first] = pieces
  if (first === undefined || pieces.length === 1) return first ?? new Int32Array(0)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const joined = new (first.constructor as new (length: number) => PackedArray)(length)
  let at = 0
  for (const piece of pieces) {
    joined.set(piece as never, at)
    at += piece.length
  }
  return joined
}

function readFixed(reader: Reader, field: Field, stop: number): Float32Array | Float64Array {
  const length = stop - reader.offset
  const View = field.type === 'float' ? Float32Array : Float64Array
  const size = View.BYTES_PER_ELEMENT
  if (length % size !== 0)
    throw reader.fail('Truncated', `a packed payload of ${length} bytes, no multiple of ${size}`)
  const start = reader.bytes.byteOffset + reader.offset
  const payload = reader.bytes.subarray(reader.offset, stop)
  reader.offset = stop
  return start % size === 0
    ? new View(payload.buffer as ArrayBuffer, start, length / size)
    : new View(new Uint8Array(payload).buffer, 0, length / size)
}

function readIntegers(
  reader: Reader,
  field: Field,
  count: number,
  end: number,
): Int32Array | BigInt64Array | BigUint64Array {
  if (field.type === 'int32') {
    const values = new Int32Array(count)
    for (let i = 0; i < count; i++) values[i] = Number(BigInt.asIntN(32, reader.long(end)))
    return values
  }
  const values = new BigInt64Array(count)
  for (let i = 0; i < count; i++) values[i] = reader.long(end)
  return field.type === 'int64' ? values : new BigUint64Array(values.buffer)
}
