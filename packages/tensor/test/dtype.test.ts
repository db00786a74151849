import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binaryDtypes, elementBytes, elementsOver, isTensorDtype, tensorDtypes } from '../src/index.ts'

/** Bytes at an odd place of a Node Buffer's pool, as a socket hands them over. */
const shifted = (bytes: Uint8Array, offset: number) => {
  const larger = Buffer.from(new ArrayBuffer(bytes.length + offset))
  larger.set(bytes, offset)
  return larger.subarray(offset)
}

describe('an element type', () => {
  it.each([
    ['float32', 4],
    ['float16', 2],
    ['float64', 8],
    ['int8', 1],
    ['uint8', 1],
    ['int16', 2],
    ['uint16', 2],
    ['int32', 4],
    ['uint32', 4],
    ['int64', 8],
    ['uint64', 8],
    ['bool', 1],
    ['string', 0],
  ] as const)('%s takes %i bytes an element', (dtype, bytes) => {
    expect(elementBytes(dtype)).toBe(bytes)
    expect(isTensorDtype(dtype)).toBe(true)
    expect(tensorDtypes).toContain(dtype)
  })

  it.each(['int4', 'constructor', '', 1, undefined])('is not %s', value => {
    expect(isTensorDtype(value)).toBe(false)
  })
})

describe.each(binaryDtypes)('%s elements over bytes', dtype => {
  it('are the same bytes at any offset, copied once and only where they are misaligned', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 9 }), (bytes, offset) => {
        const size = elementBytes(dtype)
        const copies: number[] = []
        const given = shifted(bytes, offset)
        const elements = elementsOver(dtype, given, count => copies.push(count))
        const whole = bytes.length - (bytes.length % size)
        expect(elements.length).toBe(whole / size)
        expect([...new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)]).toEqual([
          ...bytes.subarray(0, whole),
        ])
        const aligned = offset % size === 0
        expect(elements.buffer === given.buffer).toBe(aligned)
        expect(copies).toEqual(aligned ? [] : [bytes.length])
      }),
    )
  })
})
