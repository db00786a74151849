// Frames that somebody has tampered with, by a seed: bytes changed, cut off, doubled, put elsewhere, numbers made huge.

import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { encodeFrame } from '../../src/protocol/codec.ts'
import { chunkBytes, chunkHead, creditFrame, cutFrame } from '../../src/protocol/flowFrames.ts'
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
    const kind = below(8)
    if (kind < 3) frame[at] = below(256)
    else if (kind === 3) frame[at] = (frame[at] as number) ^ (1 << below(8))
    else if (kind === 4) frame = frame.slice(0, at)
    else if (kind === 5)
      frame = joinChunks([frame.subarray(0, at), pick().subarray(0, 40), frame.subarray(at)])
    else if (kind === 6) frame = joinChunks([frame.subarray(0, at), frame.subarray(at + below(16))])
    else if (frame.length >= 4) {
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
