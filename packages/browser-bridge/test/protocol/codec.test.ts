// Frames: what goes in comes out, no tensor is copied on the way but a misaligned one, and the bytes are those that
// the protocol says.

import {
  type BinaryDtype,
  binaryDtypes,
  elementBytes,
  joinChunks,
  type NamedTensor,
  zeros,
} from '@shoal/tensor'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHostFrame, decodePageFrame, encodeFrame, peekFrame } from '../../src/protocol/codec.ts'
import { FrameError } from '../../src/protocol/frameError.ts'
import type { Result, Run } from '../../src/protocol/messages.ts'
import { hostMessages, pageMessages } from './allMessages.ts'
import { failed, results, runs } from './messages.ts'

const timing = { queueMs: 0, preprocessMs: 0, computeMs: 0, postprocessMs: 0 }
const result = (tensors: readonly NamedTensor[]): Result => ({
  t: 'result',
  id: 1,
  timing,
  inputs: 0,
  tensors,
})

/** The frame at `offset` of a larger buffer, as a socket hands payloads over. */
const shifted = (frame: Uint8Array, offset: number) => {
  const larger = new Uint8Array(frame.length + offset + 3)
  larger.set(frame, offset)
  return larger.subarray(offset, offset + frame.length)
}

describe('a frame of a run', () => {
  const run: Run = {
    t: 'run',
    id: 1,
    lane: 1,
    model: 'm',
    input: { kind: 'task', text: 'x' },
    deadlineMs: 10,
    tensors: [],
  }
  const wrong: readonly [string, object, RegExp][] = [
    ['an endless deadline', { deadlineMs: Number.POSITIVE_INFINITY }, /deadlineMs: expected a finite number/],
    ['text that is none', { input: { kind: 'task', text: 42 } }, /input\.text: expected/],
    ['outputs that are no list', { outputs: 'y' }, /outputs: expected an array/],
  ]
  it.each(wrong)('is refused where it is made, not in the lane: %s', (_, part, fault) => {
    expect(() => encodeFrame({ ...run, ...part } as Run)).toThrowError(fault)
  })
})

describe('a frame', () => {
  it('gives back every message of the host whole, at any offset', () => {
    fc.assert(
      fc.property(hostMessages, fc.nat({ max: 9 }), (message, offset) => {
        expect(decodeHostFrame(shifted(joinChunks(encodeFrame(message)), offset))).toEqual(message)
      }),
      { numRuns: 600 },
    )
  })

  it('gives back every message of a page whole, at any offset', () => {
    fc.assert(
      fc.property(pageMessages, fc.nat({ max: 9 }), (message, offset) => {
        expect(decodePageFrame(shifted(joinChunks(encodeFrame(message)), offset))).toEqual(message)
      }),
      { numRuns: 600 },
    )
  })

  it('is no message of the other direction', () => {
    fc.assert(
      fc.property(pageMessages, message => {
        expect(() => decodeHostFrame(joinChunks(encodeFrame(message)))).toThrow(
          expect.objectContaining({ _tag: 'FrameError', code: 'MessageUnknown' }),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('that is cut off anywhere is refused, whatever it says', () => {
    fc.assert(
      fc.property(fc.oneof(runs, results), fc.nat(), (message, cut) => {
        const frame = joinChunks(encodeFrame(message))
        const decode = message.t === 'run' ? decodeHostFrame : decodePageFrame
        expect(() => decode(frame.subarray(0, cut % frame.length))).toThrow(FrameError)
      }),
      { numRuns: 300 },
    )
  })

  it('is length, JSON, padding to 8, then tensors padded to 8: literally', () => {
    const frame = joinChunks(
      encodeFrame(result([{ name: 'y', dtype: 'int16', dims: [3], data: Int16Array.of(1, 2, -1) }])),
    )
    const length = new DataView(frame.buffer).getUint32(0, true)
    expect(JSON.parse(Buffer.from(frame.subarray(4, 4 + length)).toString())).toEqual({
      t: 'result',
      id: 1,
      timing,
      inputs: 0,
      tensors: [{ name: 'y', dtype: 'int16', dims: [3], byteLength: 6 }],
    })
    const start = Math.ceil((4 + length) / 8) * 8
    expect([...frame.subarray(4 + length, start)]).toEqual(new Array(start - 4 - length).fill(0))
    expect([...frame.subarray(start)]).toEqual([1, 0, 2, 0, 255, 255, 0, 0])
  })

  it('is these bytes for a beat', () => {
    const json = '{"t":"beat","mainAgeMs":300}'
    expect([...joinChunks(encodeFrame({ t: 'beat', mainAgeMs: 300 }))]).toEqual([
      28,
      0,
      0,
      0,
      ...Buffer.from(json),
    ])
  })

  it('keeps the numbers that JSON lacks in what a task answers and in what it is given', () => {
    const scores = [
      { label: 'a', score: Number.NaN },
      { label: 'b', score: Number.NEGATIVE_INFINITY },
    ]
    const answer = { ...result([]), json: scores }
    expect(decodePageFrame(joinChunks(encodeFrame(answer)))).toEqual(answer)
    const run: Run = {
      t: 'run',
      id: 1,
      lane: 1,
      model: 'm',
      input: { kind: 'task', text: 'a', args: [[-0]], options: { top_k: Number.POSITIVE_INFINITY } },
      deadlineMs: 1,
      tensors: [],
    }
    expect(decodeHostFrame(joinChunks(encodeFrame(run)))).toEqual(run)
  })

  it('carries the tensors of the caller, not copies of them', () => {
    const data = new Float32Array(1000)
    const chunks = encodeFrame(result([{ name: 'y', dtype: 'float32', dims: [1000], data }]))
    expect(chunks.filter(chunk => chunk.buffer === data.buffer).map(chunk => chunk.byteLength)).toEqual([
      4000,
    ])
  })

  it('is one chunk where there are no tensors, which joining does not copy', () => {
    const chunks = encodeFrame(failed)
    expect(chunks).toHaveLength(1)
    expect(joinChunks(chunks).buffer).toBe(chunks[0]?.buffer)
  })

  it('tells where it goes without its tensors being read', () => {
    const run: Run = {
      t: 'run',
      id: 9,
      lane: 3,
      model: 'm',
      input: { kind: 'tensors' },
      deadlineMs: 1,
      tensors: [],
    }
    expect(peekFrame(joinChunks(encodeFrame(run)))).toEqual({ t: 'run', lane: 3, id: 9, model: { key: 'm' } })
    expect(peekFrame(joinChunks(encodeFrame({ t: 'bye' })))).toEqual({ t: 'bye' })
  })
})

describe('copies at decoding', () => {
  const decoded = (dtype: BinaryDtype, offset: number) => {
    const tensor = { name: 'y', ...zeros(dtype, [4]) }
    const frame = shifted(joinChunks(encodeFrame(result([tensor]))), offset)
    const copied: number[] = []
    const answer = decodePageFrame(frame, { onCopy: bytes => copied.push(bytes) }) as Result
    const [{ data }] = answer.tensors as [NamedTensor]
    return { copied, isView: (data as Uint8Array).buffer === frame.buffer }
  }

  it.each(binaryDtypes)('%s: none where the payload is aligned', dtype => {
    expect(decoded(dtype, 0)).toEqual({ copied: [], isView: true })
    expect(decoded(dtype, 8)).toEqual({ copied: [], isView: true })
  })

  it.each(binaryDtypes)(
    '%s: one of its own size, and only where its elements need it, at odd offsets',
    dtype => {
      const bytes = elementBytes(dtype)
      for (const offset of [1, 2, 3, 4, 5, 6, 7]) {
        const aligned = offset % bytes === 0
        expect(decoded(dtype, offset)).toEqual({ copied: aligned ? [] : [4 * bytes], isView: aligned })
      }
    },
  )
})

describe('a message that cannot be a frame', () => {
  it.each([
    [
      'dims that do not fit the data',
      { name: 'y', dtype: 'float32', dims: [2, 2], data: new Float32Array(3) },
    ],
    ['data of another type', { name: 'y', dtype: 'float32', dims: [3], data: new Int32Array(3) }],
    ['dims that are no sizes', { name: 'y', dtype: 'float32', dims: [-1], data: new Float32Array(0) }],
    ['a dtype that there is not', { name: 'y', dtype: 'int4', dims: [1], data: new Uint8Array(1) }],
  ])('is refused at encoding: %s', (_, tensor) => {
    expect(() => encodeFrame(result([tensor as NamedTensor]))).toThrow(
      expect.objectContaining({ _tag: 'FrameError', code: 'TensorInvalid' }),
    )
  })

  it('is refused beyond the limits of the other side', () => {
    const limits = { maxHeaderBytes: 200, maxFrameBytes: 1000, maxTensors: 2 }
    const tensor = (bytes: number): NamedTensor => ({
      name: '',
      dtype: 'uint8',
      dims: [bytes],
      data: new Uint8Array(bytes),
    })
    const code = (message: Result) => {
      try {
        encodeFrame(message, limits)
      } catch (error) {
        return (error as { code: string }).code
      }
      return 'fits'
    }
    expect(code(result([tensor(100)]))).toBe('fits')
    expect(code(result([tensor(1000)]))).toBe('FrameTooLarge')
    expect(code(result([tensor(1), tensor(1), tensor(1)]))).toBe('TooManyTensors')
    expect(code({ ...result([]), json: 'x'.repeat(200) })).toBe('HeaderTooLarge')
  })
})
