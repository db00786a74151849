// What goes over the socket below the messages: its bytes, and which bytes are none.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/codec.ts'
import { chunkHead, creditFrame, cutFrame, readFlowFrame } from '../../src/protocol/flowFrames.ts'
import { FrameError } from '../../src/protocol/frameError.ts'

describe('a flow frame', () => {
  it('is these bytes', () => {
    expect([...chunkHead(7, 0x0102_0304)]).toEqual([255, 255, 255, 255, 7, 0, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0])
    expect([...cutFrame(7)]).toEqual([254, 255, 255, 255, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect([...creditFrame(0x0102_0304)]).toEqual([253, 255, 255, 255, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('comes out as it went in', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 0xffff_ffff }),
        fc.nat({ max: 0xffff_ffff }),
        fc.uint8Array({ maxLength: 40 }),
        (a, b, bytes) => {
          const chunk = Uint8Array.from([...chunkHead(a, b), ...bytes])
          expect(readFlowFrame(chunk)).toEqual({ _tag: 'Chunk', number: a, total: b, bytes })
          expect(readFlowFrame(cutFrame(a))).toEqual({ _tag: 'Cut', number: a })
          expect(readFlowFrame(creditFrame(a))).toEqual({ _tag: 'Credit', bytes: a })
        },
      ),
    )
  })

  it('is told from every frame of a message, and from what is no frame at all', () => {
    const [beat = new Uint8Array()] = encodeFrame({ t: 'beat', mainAgeMs: 1 })
    expect(readFlowFrame(beat)._tag).toBe('Whole')
    expect(readFlowFrame(new Uint8Array(3).fill(255))._tag).toBe('Whole')
  })

  it.each([
    ['a head that is cut off', chunkHead(1, 2).subarray(0, 15), 'FrameTruncated'],
    ['bits that have no meaning', chunkHead(1, 2).with(15, 1), 'FlowInvalid'],
    ['a cut with bytes after it', Uint8Array.from([...cutFrame(1), 0]), 'FlowInvalid'],
    ['a credit with a second number', creditFrame(1).with(8, 1), 'FlowInvalid'],
  ])('is not %s', (_, bytes, code) => {
    expect(() => readFlowFrame(bytes)).toThrow(expect.objectContaining({ _tag: 'FrameError', code }))
  })

  it('of random bytes after its mark is one, or a FrameError', () => {
    fc.assert(
      fc.property(fc.constantFrom(253, 254, 255), fc.uint8Array({ maxLength: 40 }), (low, rest) => {
        try {
          readFlowFrame(Uint8Array.from([low, 255, 255, 255, ...rest]))
        } catch (error) {
          if (!(error instanceof FrameError)) throw error
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
