// Writes ONNX protobuf: a message in, a list of chunks out. Payloads of a kilobyte or more (the weights) are
// chunks of their own, passed on as views and never copied; what lies between is written once. Sizes are
// computed first, because protobuf puts every length before its payload.
// Source: Protocol Buffers encoding, https://protobuf.dev/programming-guides/encoding/
import { OnnxEncodeError } from '../errors.ts'
import { type Field, orderedFields, wire, wireOf } from './fields.ts'
import type { Message, MessageName, ModelProto } from './messages.ts'
import { Writer } from './Writer.ts'

type Loose = Record<string, unknown> & { unknown?: Uint8Array[] }
type Sizes = Map<object, number>
const maxDepth = 100
// protobuf's lengths are 32-bit signed in every reader that matters.
const maxMessageBytes = 2 ** 31 - 1

/**
 * Writes an ONNX model as chunks to be sent or stored in order. Chunks may be views of the model's weights.
 * @throws OnnxEncodeError where a value does not fit its field or the file would pass protobuf's 2 GiB.
 */
export function encodeModel(model: ModelProto): Uint8Array[] {
  return encodeMessage('ModelProto', model)
}

/** Writes any message of the schema. @throws OnnxEncodeError */
export function encodeMessage<N extends MessageName>(name: N, message: Message<N>): Uint8Array[] {
  const sizes: Sizes = new Map()
  const size = measure(name, message as Loose, sizes, 0)
  if (size > maxMessageBytes)
    throw new OnnxEncodeError({
      field: name,
      message: `The ${name} takes ${size} bytes, over protobuf's limit of 2 GiB; keep weights in external data files`,
    })
  const writer = new Writer()
  write(writer, name, message as Loose, sizes)
  return writer.finish()
}

function measure(name: MessageName, message: Loose, sizes: Sizes, depth: number): number {
  const known = sizes.get(message)
  if (known !== undefined) return known
  if (depth > maxDepth) throw bad(name, `more than ${maxDepth} nested messages (a cycle?)`)
  let size = 0
  for (const field of orderedFields[name]) {
    const value = message[field.name]
    if (value === undefined) continue
    const tag = varintSize(field.number * 8)
    if (field.many === 'packed') {
      const length = packedSize(field, value as ArrayLike<number | bigint>)
      if (length > 0) size += tag + varintSize(length) + length
    } else if (field.many === 'many') {
      if (!Array.isArray(value)) throw bad(field.path, 'a single value where a list belongs')
      for (const one of value) size += tag + valueSize(field, one, sizes, depth)
    } else size += tag + valueSize(field, value, sizes, depth)
  }
  for (const raw of message.unknown ?? []) size += raw.length
  sizes.set(message, size)
  return size
}

function valueSize(field: Field, value: unknown, sizes: Sizes, depth: number): number {
  if (field.message !== undefined) {
    if (typeof value !== 'object' || value === null)
      throw bad(field.path, `${typeof value} where a message belongs`)
    const size = measure(field.message, value as Loose, sizes, depth + 1)
    return varintSize(size) + size
  }
  switch (field.type) {
    case 'int':
      if (!Number.isSafeInteger(value)) throw bad(field.path, `${String(value)} where an integer belongs`)
      return (value as number) < 0 ? 10 : varintSize(value as number)
    case 'long':
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value)
        throw bad(field.path, `${String(value)} where a 64-bit bigint belongs`)
      return longSize(value)
    case 'float':
      if (typeof value !== 'number') throw bad(field.path, `${typeof value} where a number belongs`)
      return 4
    case 'string': {
      if (typeof value !== 'string') throw bad(field.path, `${typeof value} where text belongs`)
      const length = utf8Length(value)
      return varintSize(length) + length
    }
    default:
      if (!(value instanceof Uint8Array)) throw bad(field.path, `${typeof value} where bytes belong`)
      return varintSize(value.length) + value.length
  }
}

function packedSize(field: Field, values: ArrayLike<number | bigint>): number {
  if (field.type === 'float') return values.length * 4
  if (field.type === 'double') return values.length * 8
  let size = 0
  for (let i = 0; i < values.length; i++) size += longSize(BigInt(values[i] as number | bigint))
  return size
}

function write(writer: Writer, name: MessageName, message: Loose, sizes: Sizes): void {
  for (const field of orderedFields[name]) {
    const value = message[field.name]
    if (value === undefined) continue
    if (field.many === 'packed') {
      const values = value as ArrayLike<number | bigint>
      if (values.length === 0) continue
      writer.varint(field.number * 8 + wire.length)
      writer.varint(packedSize(field, values))
      writePacked(writer, field, values)
    } else {
      for (const one of field.many === 'many' ? (value as unknown[]) : [value]) {
        writer.varint(field.number * 8 + wireOf(field))
        writeValue(writer, field, one, sizes)
      }
    }
  }
  for (const raw of message.unknown ?? []) writer.bytes(raw)
}

function writeValue(writer: Writer, field: Field, value: unknown, sizes: Sizes): void {
  if (field.message !== undefined) {
    writer.varint(sizes.get(value as object) ?? 0)
    write(writer, field.message, value as Loose, sizes)
  } else if (field.type === 'int') writer.long(BigInt(value as number))
  else if (field.type === 'long') writer.long(value as bigint)
  else if (field.type === 'float') writer.float(value as number)
  else if (field.type === 'string') writer.string(value as string)
  else {
    writer.varint((value as Uint8Array).length)
    writer.bytes(value as Uint8Array)
  }
}

function writePacked(writer: Writer, field: Field, values: ArrayLike<number | bigint>): void {
  if (field.type === 'float' || field.type === 'double') {
    const typed = values as Float32Array | Float64Array
    writer.bytes(new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength))
    return
  }
  for (let i = 0; i < values.length; i++) writer.long(BigInt(values[i] as number | bigint))
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}

function longSize(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value)
  return unsigned <= 0x7fffffffn ? varintSize(Number(unsigned)) : Math.ceil(unsigned.toString(2).length / 7)
}

function bad(field: string, what: string): OnnxEncodeError {
  return new OnnxEncodeError({
    field,
    message: `The model cannot be written: ${field} holds ${what}; correct that value`,
  })
}

function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    // A surrogate pair is two units and four bytes: +1 each; a lone surrogate becomes U+FFFD, three bytes.
    const paired = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00
    if (paired) {
      length += 2
      i++
    } else length += unit < 0x800 ? 1 : 2
  }
  return length
}
