// Values without a schema: they cross as they are, the numbers that JSON lacks included, or are refused by name.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freeValue, readFreeValue, writeFreeValue } from '../../src/protocol/freeValue.ts'

/** Through JSON, as a header goes. */
const crossed = (value: unknown) => {
  const read: unknown = JSON.parse(JSON.stringify(writeFreeValue(value)))
  expect(freeValue(read)).toBeUndefined()
  return readFreeValue(read)
}
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
const own = (text: string): unknown => JSON.parse(text)

describe('a value that no message knows the shape of', () => {
  it('comes out as it went in, numbers that JSON lacks included', () => {
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.double(),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter(key => key !== '__proto__' && key !== '$number'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }))
    fc.assert(
      fc.property(value, sent => {
        expect(crossed(sent)).toEqual(sent)
      }),
      { numRuns: 500 },
    )
  })

  it('stands in the header as JSON, NaN by its name', () => {
    expect(writeFreeValue([{ label: 'cat', score: Number.NaN }, -0])).toEqual([
      { label: 'cat', score: { $number: 'NaN' } },
      { $number: '-0' },
    ])
  })

  it('loses what is undefined in a map, as anywhere in a header', () => {
    expect(crossed({ a: undefined, b: 1 })).toEqual({ b: 1 })
  })

  it.each([
    ['a bigint', 1n],
    ['a function', () => 1],
    ['undefined in a list', [undefined]],
    ['a date', new Date(0)],
    ['a typed array', new Uint8Array(1)],
    ['a Map', new Map()],
    ['a key named __proto__', own('{"__proto__":1}')],
    ['a key named $number', { $number: 'NaN' }],
    ['33 lists in each other', nested(33)],
  ])('is not sent where it holds %s', (_, value) => {
    expect(() => writeFreeValue({ value })).toThrow(
      expect.objectContaining({ _tag: 'FrameError', code: 'HeaderMalformed' }),
    )
  })

  it('is not sent where it has no end', () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect(() => writeFreeValue(loop)).toThrow(expect.objectContaining({ code: 'HeaderMalformed' }))
  })

  it.each([
    ['absent', undefined, ': expected a value'],
    ['a map with a key __proto__', own('[{"__proto__":{"a":1}}]'), ': has a key named __proto__'],
    ['a million lists in each other', own('['.repeat(1e6) + ']'.repeat(1e6)), ': nested deeper than 32'],
  ])('that arrives is refused: %s', (_, value, fault) => {
    expect(freeValue(value)).toBe(fault)
  })

  it('stays what it is where $number names no number', () => {
    expect(readFreeValue({ $number: 'constructor' })).toEqual({ $number: 'constructor' })
  })
})
