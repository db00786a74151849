// Headers: what they are as bytes, and which bytes are none.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameError } from '../../src/protocol/frameError.ts'
import { readHeader, writeHeader } from '../../src/protocol/header.ts'

const written = (header: object, headroom = 0) => {
  const { bytes, length } = writeHeader(header, headroom)
  return bytes.subarray(headroom, headroom + length)
}
const utf8 = (text: string) => new TextEncoder().encode(text)
const malformed = expect.objectContaining({ _tag: 'FrameError', code: 'HeaderMalformed' })

describe('a header', () => {
  it('is JSON in UTF-8, whatever text is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 9 }), (text, headroom) => {
        const bytes = written({ t: 'x', text }, headroom)
        expect(Buffer.from(bytes).toString()).toBe(JSON.stringify({ t: 'x', text }))
        expect(readHeader(bytes)).toEqual({ t: 'x', text })
      }),
    )
  })

  it.each([16_380, 16_390, 100_000])('may be of any length: %d characters of three bytes each', length => {
    const text = '日'.repeat(length)
    expect(readHeader(written({ text }))).toEqual({ text })
  })

  it('is padded with zeros to 8 bytes, the headroom counted', () => {
    const { bytes, length } = writeHeader({ a: 1 }, 4)
    expect([...bytes]).toEqual([0, 0, 0, 0, ...utf8('{"a":1}'), 0, 0, 0, 0, 0])
    expect(length).toBe(7)
  })

  it('lacks what is undefined', () => {
    expect(readHeader(written({ a: undefined, b: 1 }))).toEqual({ b: 1 })
  })

  it.each([
    ['nothing', utf8('')],
    ['a list', utf8('[]')],
    ['null', utf8('null')],
    ['a map that does not end', utf8('{"a":1')],
    ['two maps', utf8('{}{}')],
    ['a map and a zero byte', utf8('{}\0')],
    ['a map after a byte order mark', utf8('\uFEFF{}')],
    ['text that is not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['a number that is none', utf8('{"a":NaN}')],
  ])('is not %s', (_, bytes) => {
    expect(() => readHeader(bytes)).toThrow(malformed)
  })

  it('of random bytes is a map or a FrameError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          readHeader(bytes)
        } catch (error) {
          if (!(error instanceof FrameError)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })
})
