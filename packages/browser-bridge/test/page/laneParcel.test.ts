// What moves and what is copied on a frame's way out of a lane.
import { joinChunks, type NamedTensor } from '@shoal/tensor'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { laneParcel } from '../../src/page/laneParcel.ts'
import { decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import type { Result } from '../../src/protocol/messages.ts'

const large = 64 * 1024
const timing = { queueMs: 0, preprocessMs: 0, computeMs: 0, postprocessMs: 0 }
const frameOf = (data: readonly Uint8Array[]) => {
  const tensors = data.map(
    (bytes, at): NamedTensor => ({ name: `y${at}`, dtype: 'uint8', dims: [bytes.length], data: bytes }),
  )
  return encodeFrame({ t: 'result', id: 1, timing, inputs: 0, tensors } satisfies Result)
}

it('moves a large tensor that has its buffer to itself, and copies none of it', () => {
  const data = new Uint8Array(large)
  const { parts, transfer } = laneParcel(frameOf([data]))
  expect(parts.map(part => part.buffer === data.buffer)).toEqual([false, true])
  expect(transfer).toEqual(parts.map(part => part.buffer))
})

it('copies what is a view of more than itself, what is shared, and what is there twice', () => {
  const view = new Uint8Array(2 * large).subarray(0, large)
  const shared = new Uint8Array(new SharedArrayBuffer(large))
  const twice = new Uint8Array(large)
  const { parts, transfer } = laneParcel(frameOf([view, shared, twice, twice]))
  const buffers = parts.map(part => part.buffer)
  expect(buffers).not.toContain(view.buffer)
  expect(buffers).not.toContain(shared.buffer)
  expect(buffers.filter(buffer => buffer === twice.buffer)).toHaveLength(1)
  expect(new Set(transfer).size).toBe(transfer.length)
})

it('makes one part of what is small', () => {
  const { parts } = laneParcel(frameOf([new Uint8Array(3), new Uint8Array(1000), new Uint8Array(17)]))
  expect(parts).toHaveLength(1)
})

it('is the same frame over there, whatever is in it', () => {
  const piece = fc
    .tuple(fc.constantFrom(0, 1, 7, 8, large - 1, large, large + 3), fc.constantFrom(0, 8))
    .map(([length, before]) => new Uint8Array(before + length).fill(length).subarray(before))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), data => {
      const whole = joinChunks(frameOf(data)).slice()
      const { parts, transfer } = laneParcel(frameOf(data))
      const there = structuredClone({ parts }, { transfer: [...transfer] })
      expect(joinChunks(there.parts)).toEqual(whole)
      expect(decodePageFrame(whole).t).toBe('result')
    }),
    { numRuns: 50 },
  )
})
