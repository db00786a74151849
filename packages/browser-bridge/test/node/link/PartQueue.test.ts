// What a caller gets of a streamed answer, whatever the order in which parts come and are taken.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AnswerPart, PartQueue } from '../../../src/node/link/PartQueue.ts'
import type { Part } from '../../../src/protocol/messages.ts'

const part = (seq: number): Part => ({ t: 'part', id: 7, seq, json: seq, tensors: [] })

const open = (window: number) => {
  const told: number[] = []
  const queue = new PartQueue(window, (_, parts) => told.push(parts))
  return { queue, told }
}

it('gives every part once and in order, and never lets more of them wait than its window', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
      async (count, window, turns) => {
        const { queue, told } = open(window)
        const reader = queue.read(() => {})
        const got: unknown[] = []
        let sent = 0
        for (const send of turns) {
          const room = window + told.reduce((a, b) => a + b, 0)
          if (send && sent < count && sent < room) expect(queue.put(part(sent++))).toBeUndefined()
          else if (got.length < sent) got.push((await reader.next()).value?.json)
          expect(sent - got.length).toBeLessThanOrEqual(window)
        }
        queue.end({ _tag: 'Whole' })
        for await (const { json } of reader) got.push(json)
        expect(got).toEqual(Array.from({ length: sent }, (_, seq) => seq))
      },
    ),
    { numRuns: 100 },
  )
})

it('makes room again by halves of its window', async () => {
  const { queue, told } = open(4)
  for (const seq of [0, 1, 2, 3]) queue.put(part(seq))
  const reader = queue.read(() => {})
  await reader.next()
  expect(told).toEqual([])
  await reader.next()
  expect(told).toEqual([2])
})

it('takes no part that is doubled, left out, or beyond its window', () => {
  const { queue } = open(2)
  expect(queue.put(part(0))).toBeUndefined()
  expect(queue.put(part(0))).toBe('part 0 came where part 1 was due')
  expect(queue.put(part(2))).toBe('part 2 came where part 1 was due')
  expect(queue.put(part(1))).toBeUndefined()
  expect(queue.put(part(2))).toBe('part 2 came where there was no room for it')
})

it('gives what has come before it throws what the request ended with', async () => {
  const { queue } = open(4)
  queue.put(part(0))
  queue.end({ _tag: 'Broken', error: new Error('lost') })
  const got: AnswerPart[] = []
  const reading = (async () => {
    for await (const one of queue.read(() => {})) got.push(one)
  })()
  await expect(reading).rejects.toThrow('lost')
  expect(got).toEqual([{ json: 0, tensors: [] }])
})

it('stops the request where its reader leaves early, and not where it has read to the end', async () => {
  let stopped = 0
  const early = open(4).queue
  early.put(part(0))
  for await (const _ of early.read(() => stopped++)) break
  expect(stopped).toBe(1)
  const whole = open(4).queue
  whole.put(part(0))
  whole.end({ _tag: 'Whole' })
  for await (const { json } of whole.read(() => stopped++)) expect(json).toBe(0)
  expect(stopped).toBe(1)
})
