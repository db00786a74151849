// A cursor over protobuf bytes: varints, fixed-width values, lengths and text, each checked against the end it
// may not cross. Knows nothing of ONNX's messages.
import { type OnnxDecodeCode, OnnxDecodeError } from '../errors.ts'

export interface DecodeLimits {
  /** Most messages, strings and numbers (outside packed payloads) in one file. Each costs about 100 bytes of memory; 2,000,000 where nothing is said. */
  readonly maxElements?: number
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
// The largest language models' graphs have about half a million.
const defaultMaxElements = 2_000_000

export class Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  offset = 0
  field = ''
  #elementsLeft: number

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    // A plain view even of a Node Buffer, whose slice() and toString() differ from a Uint8Array's.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#elementsLeft = limits.maxElements ?? defaultMaxElements
  }

  fail(code: OnnxDecodeCode, what: string): OnnxDecodeError {
    const place = this.field === '' ? '' : ` in ${this.field}`
    const message = `The bytes are not valid ONNX: ${what}${place} at byte ${this.offset} of ${this.bytes.length}; fetch the file again, or export the model again`
    return new OnnxDecodeError({ code, field: this.field, offset: this.offset, message })
  }

  countElement(): void {
    if (--this.#elementsLeft < 0)
      throw this.fail(
        'TooManyElements',
        'more elements than a real model has (raise maxElements if it is one)',
      )
  }

  /** Up to 2^53; more is an error. For tags, lengths and small integers. */
  varint(end: number): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      if (this.offset >= end) throw this.fail('Truncated', 'a varint runs past its end')
      const byte = this.bytes[this.offset++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw this.fail('Range', 'a number beyond 2^53')
        return value
      }
      scale *= 128
    }
    throw this.fail('Varint', 'a varint longer than ten bytes')
  }

  /** A 64-bit varint as two's complement. */
  long(end: number): bigint {
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      if (this.offset >= end) throw this.fail('Truncated', 'a varint runs past its end')
      const byte = this.bytes[this.offset++] as number
      const bits = byte & 0x7f
      if (i < 4) low |= bits << (7 * i)
      else if (i === 4) {
        low |= bits << 28
        high = bits >> 4
      } else high |= bits << (7 * i - 32)
      if (byte < 0x80) return (BigInt(high | 0) << 32n) | BigInt(low >>> 0)
    }
    throw this.fail('Varint', 'a varint longer than ten bytes')
  }

  int(end: number): number {
    const long = this.long(end)
    const value = Number(long)
    if (!Number.isSafeInteger(value)) throw this.fail('Range', `the number ${long}, beyond 2^53`)
    return value
  }

  /** Reads a length and returns where that payload ends. */
  payloadEnd(end: number): number {
    const length = this.varint(end)
    if (length > end - this.offset)
      throw this.fail('Truncated', `a length of ${length} where ${end - this.offset} bytes are left`)
    return this.offset + length
  }

  fixed(size: 4 | 8, end: number): number {
    if (end - this.offset < size) throw this.fail('Truncated', `fewer than ${size} bytes left`)
    const at = this.offset
    this.offset += size
    return at
  }

  string(end: number): string {
    const from = this.offset
    this.offset = end
    // Most ONNX strings are short ASCII names, where TextDecoder's call costs more than the work.
    if (end - from <= 24) {
      let text = ''
      let at = from
      for (; at < end; at++) {
        const byte = this.bytes[at] as number
        if (byte >= 0x80) break
        text += String.fromCharCode(byte)
      }
      if (at === end) return text
    }
    try {
      return utf8.decode(this.bytes.subarray(from, end))
    } catch {
      this.offset = from
      throw this.fail('Utf8', 'text that is not UTF-8')
    }
  }
}
