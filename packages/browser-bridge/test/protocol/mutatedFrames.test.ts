// A hundred thousand frames that somebody has tampered with, twenty of them through one flow, which is half-way with
// others then: each is a message, flow, or a typed error, and the flow keeps to its window. The same through a real
// socket is integration/hostileSocket.test.ts.

import { expect, it } from 'vitest'
import { decodeHostFrame, decodePageFrame } from '../../src/protocol/codec.ts'
import { Flow } from '../../src/protocol/Flow.ts'
import { chunkBytes, headBytes, readFlowFrame, windowBytes } from '../../src/protocol/flowFrames.ts'
import { FrameError } from '../../src/protocol/frameError.ts'
import { sizeOf } from '../../src/protocol/Outbox.ts'
import { flowMessage, mutated, numbersFrom, seed, soundFrames } from './mutate.ts'

const count = 100_000
const perFlow = 20
/** Every tenth message is flow. */
const flowShare = 10
/** What the flow has to send meanwhile, by the credit that comes. */
const large = new Uint8Array(8 * windowBytes)
const mostAtOnce = windowBytes + chunkBytes + headBytes

/** One end of a socket, and what it has said. */
class End {
  /** Since it was last asked, credits left out. */
  sent = 0
  taken = 0
  credited = 0
  left = perFlow
  readonly flow = new Flow({
    write: parts => {
      const [head = large] = parts
      const said = readFlowFrame(parts.length === 1 ? head : new Uint8Array(4))
      if (said._tag === 'Credit') this.credited += said.bytes
      else this.sent += sizeOf(parts)
    },
  })
  constructor() {
    // Room for the largest of the frames and another one, so that a third is a flood.
    this.flow.admit(27 * chunkBytes)
    this.flow.put({ lane: 1 }, [large])
  }
}

it(`${count} mutated frames (SHOAL_SEED=${seed}) are each a message or a FrameError, and never more`, () => {
  const below = numbersFrom(seed)
  const frames = soundFrames(4)
  const codes = new Map<string, number>()
  const note = (outcome: string) => codes.set(outcome, (codes.get(outcome) ?? 0) + 1)
  let end = new End()
  for (let at = 0; at < count; at++) {
    const message = below(flowShare) === 0 ? flowMessage(below) : mutated(frames, below)
    const decode = at % 2 === 0 ? decodeHostFrame : decodePageFrame
    let whole: Uint8Array | undefined
    if (end.left-- === 0) end = new End()
    end.sent = 0
    end.taken += message.length
    try {
      whole = end.flow.take(message)
      if (whole === undefined) note('flow')
      else if (whole !== message) note('a frame made whole')
    } catch (error) {
      note(codeOf(error, at))
      // A socket is closed then.
      end.left = 0
    }
    if (end.sent > mostAtOnce || end.credited > end.taken)
      throw new Error(`frame ${at}: ${end.sent} bytes sent, ${end.credited} credited of ${end.taken}`)
    if (whole === undefined) continue
    try {
      decode(whole)
      note('a message')
    } catch (error) {
      note(codeOf(error, at))
    }
  }
  // The mutations reach every check.
  for (const code of [
    'a message',
    'flow',
    'a frame made whole',
    'FrameTruncated',
    'FrameTooLarge',
    'FrameFlood',
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

function codeOf(error: unknown, at: number): string {
  if (error instanceof FrameError) return error.code
  throw new Error(`frame ${at} broke it`, { cause: error })
}
