// A hundred thousand frames that somebody has tampered with: each is a message, flow, or a typed error. The same
// through a real socket is integration/hostileSocket.test.ts.

import { expect, it } from 'vitest'
import { decodeHostFrame, decodePageFrame } from '../../src/protocol/codec.ts'
import { Flow } from '../../src/protocol/Flow.ts'
import { FrameError } from '../../src/protocol/frameError.ts'
import { mutated, numbersFrom, seed, soundFrames } from './mutate.ts'

const count = 100_000

it(`${count} mutated frames (SHOAL_SEED=${seed}) are each a message or a FrameError, and never more`, () => {
  const below = numbersFrom(seed)
  const frames = soundFrames(4)
  const codes = new Map<string, number>()
  const written: number[] = []
  for (let at = 0; at < count; at++) {
    const frame = mutated(frames, below)
    const decode = at % 2 === 0 ? decodeHostFrame : decodePageFrame
    let outcome = 'a message'
    try {
      const flow = new Flow({ write: parts => written.push(parts.length) })
      flow.admit(1 << 20)
      const whole = flow.take(frame)
      if (whole === undefined) outcome = 'flow'
      else decode(whole)
    } catch (error) {
      if (!(error instanceof FrameError)) throw new Error(`frame ${at} broke the codec`, { cause: error })
      outcome = error.code
    }
    codes.set(outcome, (codes.get(outcome) ?? 0) + 1)
  }
  // Nothing that was sent in is answered, and the mutations reach every check.
  expect(written).toEqual([])
  for (const code of [
    'a message',
    'flow',
    'FrameTruncated',
    'HeaderTooLarge',
    'HeaderMalformed',
    'MessageUnknown',
    'MessageInvalid',
    'TensorInvalid',
    'FrameTrailing',
    'FlowInvalid',
  ]) {
    expect(codes.get(code) ?? 0, `${code} among ${JSON.stringify([...codes])}`).toBeGreaterThan(0)
  }
}, 60_000)
