// The subset of MessagePack that headers use: nil, booleans, integers, float64, strings, arrays and maps with
// string keys. Not a general codec: no extensions, no binary. It is written here because a header comes from
// whoever opened the socket: every length is checked against the bytes that are left before anything is
// allocated, depth is bounded, and no key can reach a prototype.

import { FrameError } from './frameError.ts'

const maxDepth = 32
const utf8 = new TextDecoder('utf-8', { fatal: true })
const utf8Encoder = new TextEncoder()

const malformed = (detail: string) => new FrameError('HeaderMalformed', detail)

interface Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
}

/** Decodes exactly one value that fills `bytes`; throws FrameError 'HeaderMalformed' on anything else. */
export function unpack(bytes: Uint8Array): unknown {
  const reader: Reader = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
  }
  const value = readValue(reader, 0)
  if (reader.at !== bytes.length)
    throw malformed(`${bytes.length - reader.at} bytes after the header's value`)
  return value
}

function take(reader: Reader, count: number): number {
  const at = reader.at
  if (count > reader.bytes.length - at)
    throw malformed(`${count} bytes wanted at ${at}, the header ends before`)
  reader.at = at + count
  return at
}

function readValue(reader: Reader, depth: number): unknown {
  const at = take(reader, 1)
  const type = reader.bytes[at] as number
  if (type < 0x80) return type
  if (type < 0x90) return readMap(reader, type & 0x0f, depth)
  if (type < 0xa0) return readArray(reader, type & 0x0f, depth)
  if (type < 0xc0) return readString(reader, type & 0x1f)
  if (type >= 0xe0) return type - 0x100
  const { view } = reader
  switch (type) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xca:
      return view.getFloat32(take(reader, 4))
    case 0xcb:
      return view.getFloat64(take(reader, 8))
    case 0xcc:
      return view.getUint8(take(reader, 1))
    case 0xcd:
      return view.getUint16(take(reader, 2))
    case 0xce:
      return view.getUint32(take(reader, 4))
    case 0xd0:
      return view.getInt8(take(reader, 1))
    case 0xd1:
      return view.getInt16(take(reader, 2))
    case 0xd2:
      return view.getInt32(take(reader, 4))
    case 0xd9:
      return readString(reader, view.getUint8(take(reader, 1)))
    case 0xda:
      return readString(reader, view.getUint16(take(reader, 2)))
    case 0xdb:
      return readString(reader, view.getUint32(take(reader, 4)))
    case 0xdc:
      return readArray(reader, view.getUint16(take(reader, 2)), depth)
    case 0xdd:
      return readArray(reader, view.getUint32(take(reader, 4)), depth)
    case 0xde:
      return readMap(reader, view.getUint16(take(reader, 2)), depth)
    case 0xdf:
      return readMap(reader, view.getUint32(take(reader, 4)), depth)
    default:
      throw malformed(`type byte 0x${type.toString(16)} at ${at} is not used by frames`)
  }
}

function readString(reader: Reader, length: number): string {
  const at = take(reader, length)
  // Names and keys are short ASCII; a decoder call costs more than they do.
  if (length <= 24) {
    let text = ''
    for (let i = at; i < at + length; i++) {
      const byte = reader.bytes[i] as number
      if (byte > 0x7f) return decodeUtf8(reader, at, length)
      text += String.fromCharCode(byte)
    }
    return text
  }
  return decodeUtf8(reader, at, length)
}

function decodeUtf8(reader: Reader, at: number, length: number): string {
  try {
    return utf8.decode(reader.bytes.subarray(at, at + length))
  } catch {
    throw malformed(`the string at ${at} is not UTF-8`)
  }
}

function enter(reader: Reader, entries: number, bytesEach: number, depth: number): void {
  if (depth >= maxDepth) throw malformed(`nested deeper than ${maxDepth}`)
  if (entries * bytesEach > reader.bytes.length - reader.at) {
    throw malformed(`${entries} entries announced at ${reader.at}, more than the header has bytes for`)
  }
}

function readArray(reader: Reader, length: number, depth: number): unknown[] {
  enter(reader, length, 1, depth)
  const array: unknown[] = []
  for (let i = 0; i < length; i++) array.push(readValue(reader, depth + 1))
  return array
}

function readMap(reader: Reader, size: number, depth: number): Record<string, unknown> {
  enter(reader, size, 2, depth)
  const map: Record<string, unknown> = {}
  for (let i = 0; i < size; i++) {
    const key = readValue(reader, depth + 1)
    if (typeof key !== 'string') throw malformed('a map key is not a string')
    if (key === '__proto__') throw malformed('a map key is __proto__')
    map[key] = readValue(reader, depth + 1)
  }
  return map
}

// One buffer for all headers: packing is synchronous and its result is copied out, so it is never shared.
let scratch = new Uint8Array(4096)
let scratchView = new DataView(scratch.buffer)
let end = 0

/**
 * Encodes a value; keys whose value is undefined are left out. Returns a fresh array with `headroom` zero bytes
 * before the value and zero padding after it up to a multiple of 8, and the value's own length.
 */
export function pack(value: unknown, headroom: number): { bytes: Uint8Array<ArrayBuffer>; length: number } {
  end = 0
  write(value, 0)
  const bytes = new Uint8Array(Math.ceil((headroom + end) / 8) * 8)
  bytes.set(scratch.subarray(0, end), headroom)
  return { bytes, length: end }
}

/** Makes room for `count` bytes and returns where they go. */
function room(count: number): number {
  const at = end
  end = at + count
  if (end > scratch.length) {
    const larger = new Uint8Array(Math.max(end, scratch.length * 2))
    larger.set(scratch.subarray(0, at))
    scratch = larger
    scratchView = new DataView(scratch.buffer)
  }
  return at
}

function byte(value: number): void {
  const at = room(1)
  scratch[at] = value
}

function word(type: number, value: number, bytes: 1 | 2 | 4): void {
  const at = room(1 + bytes)
  scratch[at] = type
  if (bytes === 1) scratchView.setUint8(at + 1, value)
  else if (bytes === 2) scratchView.setUint16(at + 1, value)
  else scratchView.setUint32(at + 1, value)
}

function write(value: unknown, depth: number): void {
  if (depth > maxDepth) throw malformed(`a value to send is nested deeper than ${maxDepth}`)
  if (typeof value === 'string') writeString(value)
  else if (typeof value === 'number') writeNumber(value)
  else if (typeof value === 'boolean') byte(value ? 0xc3 : 0xc2)
  else if (value === null || value === undefined) byte(0xc0)
  else if (Array.isArray(value)) {
    size(0x90, 0xdc, 0xdd, value.length)
    for (const element of value) write(element, depth + 1)
  } else if (typeof value === 'object') writeMap(value as Record<string, unknown>, depth)
  else throw malformed(`a ${typeof value} cannot be sent in a header`)
}

function writeMap(map: Record<string, unknown>, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(map)
  if (prototype !== Object.prototype && prototype !== null) {
    throw malformed('only plain objects can be sent in a header')
  }
  const keys = Object.keys(map)
  let present = 0
  for (const key of keys) if (map[key] !== undefined) present++
  size(0x80, 0xde, 0xdf, present)
  for (const key of keys) {
    const value = map[key]
    if (value === undefined) continue
    writeString(key)
    write(value, depth + 1)
  }
}

function size(fix: number, type16: number, type32: number, count: number): void {
  if (count < 16) byte(fix | count)
  else if (count < 0x10000) word(type16, count, 2)
  else word(type32, count, 4)
}

function writeNumber(value: number): void {
  if (Number.isInteger(value) && !Object.is(value, -0)) {
    if (value >= 0 && value < 0x100000000) {
      writeNatural(value)
      return
    }
    if (value < 0 && value >= -0x80000000) {
      writeNegative(value)
      return
    }
  }
  const at = room(9)
  scratch[at] = 0xcb
  scratchView.setFloat64(at + 1, value)
}

function writeNatural(value: number): void {
  if (value < 0x80) byte(value)
  else if (value < 0x100) word(0xcc, value, 1)
  else if (value < 0x10000) word(0xcd, value, 2)
  else word(0xce, value, 4)
}

function writeNegative(value: number): void {
  if (value >= -0x20) byte(value & 0xff)
  else if (value >= -0x80) word(0xd0, value & 0xff, 1)
  else if (value >= -0x8000) word(0xd1, value & 0xffff, 2)
  else word(0xd2, value >>> 0, 4)
}

function writeString(text: string): void {
  if (text.length < 32 && writeShortAscii(text)) return
  const encoded = utf8Encoder.encode(text)
  const length = encoded.length
  if (length < 32) byte(0xa0 | length)
  else if (length < 0x100) word(0xd9, length, 1)
  else if (length < 0x10000) word(0xda, length, 2)
  else word(0xdb, length, 4)
  const at = room(length)
  scratch.set(encoded, at)
}

function writeShortAscii(text: string): boolean {
  const at = room(1 + text.length)
  scratch[at] = 0xa0 | text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) {
      end = at
      return false
    }
    scratch[at + 1 + i] = code
  }
  return true
}
