// Our MessagePack against another implementation of it: each reads what the other wrote.

import * as fc from 'fast-check'
import { Packr, Unpackr } from 'msgpackr'
import { expect, it } from 'vitest'
import { pack, unpack } from '../../src/protocol/msgpack.ts'

const reference = {
  packr: new Packr({ useRecords: false, variableMapSize: true }),
  unpackr: new Unpackr({ useRecords: false }),
}
const values = fc
  .jsonValue({ maxDepth: 5 })
  .map(value => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'p')) as unknown)
const packed = (value: unknown) => {
  const { bytes, length } = pack(value, 0)
  return bytes.subarray(0, length)
}

it('reads what the reference wrote', () => {
  fc.assert(
    fc.property(values, value => {
      expect(unpack(reference.packr.pack(value))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

it('writes what the reference reads', () => {
  fc.assert(
    fc.property(values, value => {
      expect(reference.unpackr.unpack(packed(value))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

it.each([
  0,
  1,
  127,
  128,
  255,
  256,
  65535,
  65536,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  -1,
  -32,
  -33,
  -128,
  -129,
  -32768,
  -32769,
  -(2 ** 31),
  -(2 ** 31) - 1,
  0.5,
  -0,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
])('keeps the number %d', value => {
  expect(unpack(packed(value))).toBe(value)
})

it('leaves out what is undefined, and keeps the rest', () => {
  expect(unpack(packed({ a: undefined, b: 1 }))).toEqual({ b: 1 })
})

it.each([
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a date', new Date(0)],
  ['typed arrays', new Uint8Array(1)],
])('refuses to write %s', (_, value) => {
  expect(() => pack({ value }, 0)).toThrow(expect.objectContaining({ code: 'HeaderMalformed' }))
})

it('refuses to write what has no end', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  expect(() => pack(loop, 0)).toThrow(expect.objectContaining({ code: 'HeaderMalformed' }))
})
