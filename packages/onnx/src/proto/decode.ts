// Reads ONNX protobuf: bytes in, messages out, large payloads as views of the input (never a copy). Total:
// any bytes give a message or an OnnxDecodeError, in time and memory bounded by the input's length and
// `maxElements`. Not a validator of graphs: `signature.ts` and onnxruntime judge what the graph means.
// Source: Protocol Buffers encoding, https://protobuf.dev/programming-guides/encoding/
import { OnnxDecodeError } from '../errors.ts'
import { type Field, fieldsByNumber, wire, wireOf } from './fields.ts'
import type { Message, MessageName, ModelProto } from './messages.ts'
import { joinPacked, type PackedArray, readPacked, readPackedOne } from './packed.ts'
import { type DecodeLimits, Reader } from './Reader.ts'

type Loose = Record<string, unknown> & { unknown?: Uint8Array[] }

// protobuf's own readers stop at 100 nested messages; ONNX nests at If/Loop bodies only.
const maxDepth = 100

/**
 * Reads an ONNX model. Weights (`rawData`) are views of `bytes`: keep `bytes` alive and unchanged.
 * @throws OnnxDecodeError where the bytes are not an ONNX model.
 */
export function decodeModel(bytes: Uint8Array, limits: DecodeLimits = {}): ModelProto {
  const model = decodeMessage('ModelProto', bytes, limits)
  if (model.graph === undefined)
    throw new OnnxDecodeError({
      code: 'NotAModel',
      field: 'ModelProto.graph',
      offset: 0,
      message: `The ${bytes.length} bytes are not an ONNX model: they hold no graph; check that the path names a .onnx file and not an empty file, a web page or a Git LFS pointer`,
    })
  return model
}

/** Reads any message of the schema. @throws OnnxDecodeError */
export function decodeMessage<N extends MessageName>(
  name: N,
  bytes: Uint8Array,
  limits: DecodeLimits = {},
): Message<N> {
  const message: Loose = {}
  readMessage(new Reader(bytes, limits), name, message, bytes.length, 0)
  return message as Message<N>
}

function readMessage(reader: Reader, name: MessageName, into: Loose, end: number, depth: number): void {
  if (depth > maxDepth) throw reader.fail('TooDeep', `more than ${maxDepth} nested messages`)
  const fields = fieldsByNumber[name]
  const pieces = new Map<string, PackedArray[]>()
  while (reader.offset < end) {
    const start = reader.offset
    reader.field = name
    const tag = reader.varint(end)
    const wireType = tag % 8
    const number = Math.floor(tag / 8)
    const field = fields.get(number)
    if (field === undefined) {
      skip(reader, number, wireType, end)
      reader.countElement()
      into.unknown ??= []
      into.unknown.push(reader.bytes.subarray(start, reader.offset))
      continue
    }
    reader.field = field.path
    readField(reader, field, wireType, into, pieces, end, depth)
  }
  for (const [field, list] of pieces) {
    const before = into[field] as PackedArray | undefined
    into[field] = joinPacked(before === undefined ? list : [before, ...list])
  }
}

function readField(
  reader: Reader,
  field: Field,
  wireType: number,
  into: Loose,
  pieces: Map<string, PackedArray[]>,
  end: number,
  depth: number,
): void {
  const expected = wireOf(field)
  // A repeated number may come packed or one by one, whatever the schema prefers; readers must take both.
  const packed = wireType === wire.length && expected !== wire.length && field.many !== 'one'
  if (wireType !== expected && !packed)
    throw reader.fail('WireType', `wire type ${wireType} where ${expected} belongs`)
  if (field.many === 'packed') {
    reader.countElement()
    const piece = packed
      ? readPacked(reader, field, reader.payloadEnd(end))
      : readPackedOne(reader, field, end)
    const list = pieces.get(field.name)
    if (list === undefined) pieces.set(field.name, [piece])
    else list.push(piece)
  } else if (field.many === 'many') {
    let list = into[field.name] as unknown[] | undefined
    if (list === undefined) {
      list = []
      into[field.name] = list
    }
    const stop = packed ? reader.payloadEnd(end) : undefined
    do {
      if (stop !== undefined && reader.offset >= stop) break
      reader.countElement()
      list.push(readValue(reader, field, stop ?? end, depth, undefined))
    } while (stop !== undefined)
  } else {
    reader.countElement()
    // The last value of a single field wins; a repeated single message is merged (protobuf's rule).
    into[field.name] = readValue(reader, field, end, depth, into[field.name])
  }
}

function readValue(reader: Reader, field: Field, end: number, depth: number, previous: unknown): unknown {
  if (field.message !== undefined) {
    const stop = reader.payloadEnd(end)
    const message = (previous ?? {}) as Loose
    readMessage(reader, field.message, message, stop, depth + 1)
    return message
  }
  switch (field.type) {
    case 'int':
      return reader.int(end)
    case 'long':
      return reader.long(end)
    case 'float':
      return reader.view.getFloat32(reader.fixed(4, end), true)
    case 'string':
      return reader.string(reader.payloadEnd(end))
    default: {
      const stop = reader.payloadEnd(end)
      const bytes = reader.bytes.subarray(reader.offset, stop)
      reader.offset = stop
      return bytes
    }
  }
}

function skip(reader: Reader, number: number, wireType: number, end: number): void {
  if (number === 0) throw reader.fail('WireType', 'a field numbered 0')
  if (wireType === wire.varint) reader.long(end)
  else if (wireType === wire.fixed64) reader.fixed(8, end)
  else if (wireType === wire.fixed32) reader.fixed(4, end)
  else if (wireType === wire.length) reader.offset = reader.payloadEnd(end)
  else throw reader.fail('WireType', `the wire type ${wireType}, which ONNX does not use`)
}
