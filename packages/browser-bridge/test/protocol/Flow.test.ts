// Two ends of a socket, whatever the order in which they are heard: what is put in comes out whole and in its lane's
// order, nothing waits behind a large frame, and no more is on its way than the window has.

import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Flow } from '../../src/protocol/Flow.ts'
import {
  chunkBytes,
  chunkHead,
  creditFrame,
  cutFrame,
  headBytes,
  sharedBytes,
  windowBytes,
} from '../../src/protocol/flowFrames.ts'

const most = 16 * windowBytes

/** One end, with the messages that it has sent and nobody has taken yet. */
class End {
  readonly sent: Uint8Array[] = []
  readonly copied: number[] = []
  /** Sizes of the buffers that it has made to gather frames in. */
  readonly rooms: number[] = []
  readonly flow = new Flow({
    write: parts => this.sent.push(joinChunks(parts)),
    onCopy: bytes => this.copied.push(bytes),
    room: bytes => {
      this.rooms.push(bytes)
      return new Uint8Array(bytes)
    },
  })
  constructor() {
    this.flow.admit(most)
  }
  get onTheWay(): number {
    return this.sent.reduce((sum, { length }) => sum + length, 0)
  }
}

const pair = () => {
  const [near, far] = [new End(), new End()]
  const got: Uint8Array[] = []
  /** The far end hears the next message. */
  const hear = () => {
    const message = near.sent.shift()
    const frame = message === undefined ? undefined : far.flow.take(message)
    if (frame !== undefined) got.push(frame)
    return message !== undefined
  }
  /** The near end hears what the far one has granted. */
  const answer = () => {
    for (const message of far.sent.splice(0)) near.flow.take(message)
  }
  const drain = () => {
    while (hear()) answer()
  }
  return { near, far, got, hear, answer, drain }
}

/** Told from all others by its first bytes; a frame's first four are no flow mark. */
const frame = (lane: number, seq: number, length: number) => {
  const bytes = new Uint8Array(length)
  bytes.set([lane, seq, length % 251, 0])
  bytes[length - 1] = seq
  return bytes
}
const large = 3 * windowBytes + 5

describe('a flow', () => {
  it('brings every frame whole and in the order of its lane, at any interleaving, within the window', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 8, max: 2_000 }),
      fc.integer({ min: chunkBytes - 1, max: 9 * chunkBytes }),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 2 }), sizes), { minLength: 1, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        (frames, turns) => {
          const { near, got, hear, answer, drain } = pair()
          let toPut = 0
          for (const put of turns) {
            const [lane, size] = frames[toPut] ?? [0, 0]
            if (put && size > 0) near.flow.put({ lane }, [frame(lane, toPut++, size)])
            else if (hear()) answer()
            expect(near.onTheWay).toBeLessThanOrEqual(windowBytes + chunkBytes + headBytes)
          }
          drain()
          const expected = frames.slice(0, toPut).map(([lane, size], seq) => frame(lane, seq, size))
          for (const lane of [0, 1, 2]) {
            const of = (all: Uint8Array[]) => all.filter(([first]) => first === lane)
            expect(of(got).map(({ length }) => length)).toEqual(of(expected).map(({ length }) => length))
            of(got).forEach((one, at) => {
              expect(Buffer.compare(one, of(expected)[at] as Uint8Array)).toBe(0)
            })
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('copies nothing to send, and each byte of a frame in chunks once to receive; a whole frame never', () => {
    const parts: Uint8Array[] = []
    const flow = new Flow({ write: written => parts.push(...written) })
    flow.admit(most)
    const tensor = new Uint8Array(3 * chunkBytes)
    flow.put({ lane: 1 }, [new Uint8Array(40), tensor])
    const heads = parts.filter(({ length }) => length === headBytes)
    expect(heads).toHaveLength(4)
    const own = parts.filter(({ buffer }) => buffer === tensor.buffer)
    expect(own.reduce((sum, { length }) => sum + length, 0)).toBe(tensor.length)

    const { near, far, got, drain } = pair()
    near.flow.put({ lane: 1 }, [frame(1, 1, chunkBytes)])
    drain()
    expect(far.copied).toEqual([])
    near.flow.put({ lane: 1 }, [frame(1, 2, large)])
    drain()
    expect(far.copied.reduce((sum, bytes) => sum + bytes, 0)).toBe(large)
    expect(got.map(({ byteOffset }) => byteOffset)).toEqual([0, 0])
  })

  it('gathers in the buffer that it is given for it, of which nothing is left to see', () => {
    const rooms: Uint8Array[] = []
    const room = (bytes: number) => {
      const dirty = new Uint8Array(bytes).fill(0xee)
      rooms.push(dirty)
      return dirty
    }
    const sent: Uint8Array[] = []
    const near = new Flow({ write: parts => sent.push(joinChunks(parts)) })
    const far = new Flow({ write: () => {}, room })
    for (const flow of [near, far]) flow.admit(most)
    near.put({ lane: 1 }, [frame(1, 1, 2 * chunkBytes + 8)])
    const [got] = sent.map(message => far.take(message)).filter(taken => taken !== undefined)
    expect(got).toEqual(frame(1, 1, 2 * chunkBytes + 8))
    expect(got?.buffer).toBe(rooms[0]?.buffer)
    expect(rooms).toHaveLength(1)
  })

  it('makes no room for a large frame before an eighth of it has come, and copies each byte once all the same', () => {
    const { near, far } = pair()
    const given = frame(1, 1, 40 * chunkBytes)
    near.flow.put({ lane: 1 }, [given])
    let [came, got] = [0, undefined as Uint8Array | undefined]
    while (got === undefined) {
      const message = near.sent.shift()
      if (message === undefined) throw new Error('it has stopped')
      got = far.flow.take(message)
      for (const credit of far.sent.splice(0)) near.flow.take(credit)
      came += message.length - headBytes
      expect(far.rooms).toEqual(came < given.length / 8 ? [] : [given.length])
    }
    expect(Buffer.compare(got, given)).toBe(0)
    expect(far.copied.reduce((sum, bytes) => sum + bytes, 0)).toBe(given.length)
  })

  it('lets what is urgent pass all that waits, and the frame of another lane behind no more than is on its way', () => {
    const { near, got, hear, answer } = pair()
    near.flow.put({ lane: 1 }, [frame(1, 1, large)])
    near.flow.put({ lane: 1 }, [frame(1, 2, 100)])
    near.flow.put({ lane: 2 }, [frame(2, 3, 100)])
    near.flow.urgent([frame(9, 4, 50)])
    let heard = 0
    while (got.length < 2) {
      heard += near.sent[0]?.length ?? 0
      expect(hear()).toBe(true)
      answer()
    }
    expect(got.map(([lane]) => lane)).toEqual([9, 2])
    expect(heard).toBeLessThan(windowBytes + 3 * chunkBytes)
  })

  it('keeps small frames of other lanes close behind: after the first, no more is before them than a quarter of a window', () => {
    const { near, got, hear, answer } = pair()
    near.flow.put({ lane: 1 }, [frame(1, 1, 4 * large)])
    const waits: number[] = []
    for (let seq = 2; seq < 12; seq++) {
      const before = got.length
      near.flow.put({ lane: 2 }, [frame(2, seq, 100)])
      let heard = 0
      while (got.length === before) {
        heard += near.sent[0]?.length ?? 0
        expect(hear()).toBe(true)
        answer()
      }
      waits.push(heard)
    }
    expect(got.map(([lane]) => lane)).toEqual(Array.from(waits, () => 2))
    expect(Math.max(...waits.slice(1))).toBeLessThanOrEqual(sharedBytes + 2 * (chunkBytes + headBytes))
    while (hear()) answer()
    expect(got.at(-1)).toHaveLength(4 * large)
    near.flow.put({ lane: 1 }, [frame(1, 2, large)])
    expect(near.onTheWay).toBeGreaterThan(windowBytes)
  })

  it('lets a large frame go on beside any number of small ones', () => {
    const { near, got, hear, answer } = pair()
    near.flow.put({ lane: 1 }, [frame(1, 1, large)])
    let seq = 0
    while (got.every(([lane]) => lane !== 1)) {
      expect(seq).toBeLessThan(1_000)
      for (const lane of [2, 3, 4]) near.flow.put({ lane }, [frame(lane, ++seq, chunkBytes)])
      for (let at = 0; at < 4; at++) hear()
      answer()
    }
  })

  it('sends nothing more to an end that takes nothing, whatever is offered, and keeps it by reference', () => {
    const { near, drain, got } = pair()
    const tensor = frame(1, 1, large)
    for (let at = 0; at < 30; at++) near.flow.put({ lane: at % 3, id: at }, [tensor])
    expect(near.onTheWay).toBeLessThanOrEqual(windowBytes + chunkBytes + headBytes)
    expect(near.flow.waiting).toBe(30)
    drain()
    expect([got.length, near.flow.waiting]).toEqual([30, 0])
  })

  it('begins no more large frames at once than the other end has room for', () => {
    const { near, far, drain, got } = pair()
    for (let lane = 0; lane < 5; lane++) near.flow.put({ lane }, [frame(lane, 1, most / 2 - 1)])
    drain()
    expect(got).toHaveLength(5)
    expect(far.copied.reduce((sum, bytes) => sum + bytes, 0)).toBe(5 * (most / 2 - 1))
  })

  it('takes a frame back that has not left whole: unsent it leaves no trace, half-sent it is cut off', () => {
    const { near, far, got, drain } = pair()
    near.flow.put({ lane: 1, id: 1 }, [frame(1, 1, large)])
    near.flow.put({ lane: 1, id: 2 }, [frame(1, 2, large)])
    near.flow.put({ lane: 1, id: 3 }, [frame(1, 3, 10)])
    expect([2, 1].map(id => near.flow.withdraw({ lane: 1, id }))).toEqual([true, true])
    drain()
    expect(got.map(([, seq]) => seq)).toEqual([3])
    expect([1, 2, 3].map(id => near.flow.withdraw({ lane: 1, id }))).toEqual([false, false, false])
    expect(far.copied.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(large)
  })

  it('takes back whatever is for a lane, and goes on with the others', () => {
    const { near, got, drain } = pair()
    near.flow.put({ lane: 1 }, [frame(1, 1, large)])
    near.flow.put({ lane: 1 }, [frame(1, 2, 10)])
    near.flow.put({ lane: 2 }, [frame(2, 3, 10)])
    near.flow.dropLane(1)
    drain()
    expect(got.map(([lane]) => lane)).toEqual([2])
  })

  it('makes a frame anew that had to wait, and only then', () => {
    const { near, got, drain } = pair()
    let renewed = 0
    const again = (seq: number) => () => {
      renewed++
      return [frame(1, seq + 100, 30)]
    }
    near.flow.put({ lane: 1 }, [frame(1, 1, 30)], again(1))
    expect(renewed).toBe(0)
    near.flow.put({ lane: 1 }, [frame(1, 2, large)])
    near.flow.put({ lane: 1 }, [frame(1, 3, 30)], again(3))
    drain()
    expect(got.map(([, seq]) => seq)).toEqual([1, 2, 103])
  })

  it('forgets all that waits when its socket is gone', () => {
    const { near } = pair()
    near.flow.put({ lane: 1 }, [frame(1, 1, large)])
    near.flow.end()
    expect(near.flow.waiting).toBe(0)
  })
})

describe('an end that lies', () => {
  const chunk = (number: number, total: number, length: number) =>
    joinChunks([chunkHead(number, total), new Uint8Array(length)])
  const total = 2 * chunkBytes
  const lies: readonly [string, string, readonly Uint8Array[]][] = [
    ['announces more than the limit', 'FrameTooLarge', [chunk(1, most + 1, chunkBytes)]],
    [
      'begins more than there is room for',
      'FrameFlood',
      [chunk(1, most - 1, chunkBytes), chunk(2, total, chunkBytes)],
    ],
    ['cuts into chunks what needs none', 'FlowInvalid', [chunk(1, chunkBytes, chunkBytes)]],
    ['sends crumbs', 'FlowInvalid', [chunk(1, total, 1)]],
    ['sends an empty chunk', 'FlowInvalid', [chunk(1, total, 0)]],
    [
      'sends a chunk beyond the end',
      'FlowInvalid',
      [chunk(1, total - 1, chunkBytes), chunk(1, total - 1, chunkBytes)],
    ],
    [
      'changes the size on the way',
      'FlowInvalid',
      [chunk(1, total, chunkBytes), chunk(1, total + 1, chunkBytes)],
    ],
    [
      'goes on after the end',
      'FlowInvalid',
      [chunk(1, total, chunkBytes), chunk(1, total, chunkBytes), cutFrame(1)],
    ],
    ['cuts off what has not begun', 'FlowInvalid', [cutFrame(1)]],
  ]
  it.each(lies)('is refused: it %s', (_, code, messages) => {
    const { flow } = new End()
    const take = () => {
      for (const message of messages) flow.take(message)
    }
    expect(take).toThrow(expect.objectContaining({ _tag: 'FrameError', code }))
  })

  it('is refused where it sends chunks before it is known', () => {
    const flow = new Flow({ write: () => {} })
    expect(() => flow.take(chunk(1, total, chunkBytes))).toThrow(
      expect.objectContaining({ code: 'FrameTooLarge' }),
    )
  })

  it('is refused where there is no memory for what it announces', () => {
    const { flow } = new End()
    const message = chunk(1, total, chunkBytes)
    vi.stubGlobal(
      'Uint8Array',
      class {
        constructor() {
          throw new RangeError('Array buffer allocation failed')
        }
      },
    )
    try {
      expect(() => flow.take(message)).toThrow(
        expect.objectContaining({ _tag: 'FrameError', code: 'FrameTooLarge' }),
      )
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('gives away no more credit than the window has', () => {
    const { near } = pair()
    for (let at = 0; at < 100; at++) near.flow.take(creditFrame(0xffff_ffff))
    near.flow.put({ lane: 1 }, [frame(1, 1, large)])
    expect(near.onTheWay).toBeLessThanOrEqual(windowBytes + chunkBytes + headBytes)
  })
})
