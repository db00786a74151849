// Frames that somebody has tampered with, by a seed: bytes changed, cut off, doubled, put elsewhere, numbers made huge.

import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { encodeFrame } from '../../src/protocol/codec.ts'
import { chunkBytes, chunkHead, creditFrame, cutFrame, headBytes } from '../../src/protocol/flowFrames.ts'
import { hostKinds, pageKinds } from './allMessages.ts'

/** SHOAL_SEED makes a run again. One commit has one verdict in CI; elsewhere each run tries other bytes. */
const chosen = process.env['SHOAL_SEED'] ?? (process.env['CI'] === undefined ? undefined : 20_261_124)
export const seed = Number(chosen ?? Math.floor(Math.random() * 2 ** 31))

/** Random numbers below a bound (mulberry32). */
export type Below = (bound: number) => number

export function numbersFrom(start: number): Below {
  let state = start >>> 0
  return bound => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** Sound frames of every kind of either direction, and of the flow below them. */
export function soundFrames(perKind: number): Uint8Array[] {
  const kinds = [...Object.values(hostKinds), ...Object.values(pageKinds)]
  const messages = kinds.flatMap((kind, at) =>
    fc.sample(kind as fc.Arbitrary<Parameters<typeof encodeFrame>[0]>, { seed: seed + at, numRuns: perKind }),
  )
  const chunk = joinChunks([chunkHead(1, 2 * chunkBytes), new Uint8Array(64)])
  return [
    ...messages.map(message => joinChunks(encodeFrame(message))),
    chunk,
    cutFrame(1),
    creditFrame(1_000),
  ]
}

/** Chunks as they come in turn, small and large frames of them, what cuts those off, and credit. */
const soundFlow: readonly Uint8Array[] = [
  ...[1, 2, 3].map(number => joinChunks([chunkHead(number, 2 * chunkBytes), new Uint8Array(chunkBytes)])),
  joinChunks([chunkHead(4, 24 * chunkBytes), new Uint8Array(chunkBytes)]),
  joinChunks([chunkHead(5, chunkBytes + 64), new Uint8Array(chunkBytes)]),
  joinChunks([chunkHead(5, chunkBytes + 64), new Uint8Array(64)]),
  ...[1, 4, 5].map(cutFrame),
  creditFrame(1_000),
  creditFrame(2 * chunkBytes),
]

/** The next message of a flow that somebody tampers with: as it should be, or, every fourth time, with another head. */
export function flowMessage(below: Below): Uint8Array {
  const message = soundFlow[below(soundFlow.length)] as Uint8Array
  if (below(4) > 0) return message
  const head = mutated([message.subarray(0, headBytes)], below)
  return joinChunks([head, message.subarray(headBytes)])
}

/** What a number in a hostile frame is made to be. */
const words = [
  0, 1, 3, 4, 255, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_fffd, 0xffff_fffe, 0xffff_ffff,
]

/** Up to four changes to a copy of one of the frames. */
export function mutated(frames: readonly Uint8Array[], below: Below): Uint8Array {
  const pick = () => frames[below(frames.length)] as Uint8Array
  let frame = pick().slice()
  for (let left = 1 + below(4); left > 0 && frame.length > 0; left--) {
    const at = below(frame.length)
    const kind = below(9)
    if (kind < 3) frame[at] = below(256)
    else if (kind === 3) frame[at] = (frame[at] as number) ^ (1 << below(8))
    else if (kind === 4) frame = frame.slice(0, at)
    else if (kind === 5)
      frame = joinChunks([frame.subarray(0, at), pick().subarray(0, 40), frame.subarray(at)])
    else if (kind === 6) frame = joinChunks([frame.subarray(0, at), frame.subarray(at + below(16))])
    else if (kind === 7) {
      // A header that still can be read, with another number in it.
      const digit = frame.findIndex((byte, index) => index >= at && byte >= 0x30 && byte <= 0x39)
      if (digit >= 0) frame[digit] = 0x30 + below(10)
    } else if (frame.length >= 4) {
      const start = below(3) > 0 ? 0 : below(frame.length - 3)
      new DataView(frame.buffer, frame.byteOffset).setUint32(
        start,
        words[below(words.length)] as number,
        true,
      )
    }
  }
  return frame
}
