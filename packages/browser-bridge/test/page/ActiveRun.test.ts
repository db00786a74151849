// What a run that has steps may do between them: hear that it must end, and wait for a host that lags behind.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ActiveRun } from '../../src/page/ActiveRun.ts'
import type { Part, Run } from '../../src/protocol/messages.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function start(over: Partial<Run> = {}) {
  const said: Part[] = []
  let turns = 0
  const turn = async () => {
    turns++
  }
  const run: Run = {
    t: 'run',
    id: 3,
    lane: 1,
    model: 'm',
    input: { kind: 'task' },
    deadlineMs: 1000,
    tensors: [],
    ...over,
  }
  const arrivedAt = performance.now()
  return {
    active: new ActiveRun({ run, arrivedAt, say: part => said.push(part), turn }),
    said,
    turns: () => turns,
  }
}

/** Whether the step is over once everything that can happen now has happened. */
async function isOver(step: Promise<void>): Promise<boolean> {
  let over = false
  void step.then(() => {
    over = true
  })
  await vi.advanceTimersByTimeAsync(0)
  return over
}

it('numbers its parts from 0', () => {
  const { active, said } = start({ stream: 8 })
  for (const text of ['a', 'b']) active.part({ text })
  expect(said.map(({ id, seq, json }) => ({ id, seq, json }))).toEqual([
    { id: 3, seq: 0, json: { text: 'a' } },
    { id: 3, seq: 1, json: { text: 'b' } },
  ])
})

it('says no parts where none are wanted', () => {
  const { active, said } = start()
  active.part({ text: 'a' })
  expect([active.streams, said]).toEqual([false, []])
})

it('waits at a step where its parts have filled the room, until there is more', async () => {
  const { active } = start({ stream: 2 })
  active.part(1)
  expect(await isOver(active.step())).toBe(true)
  active.part(2)
  const step = active.step()
  expect(await isOver(step)).toBe(false)
  active.more(1)
  expect(await isOver(step)).toBe(true)
})

it.each([
  ['cancelled', 'Cancelled', (active: ActiveRun) => active.cancel()],
  ['its deadline passes', 'DeadlinePassed', () => vi.advanceTimersByTimeAsync(1000)],
] as const)('ends a wait when %s, and says nothing more', async (_, code, end) => {
  const { active, said } = start({ stream: 1 })
  active.part(1)
  const step = active.step()
  expect(await isOver(step)).toBe(false)
  await end(active)
  expect(await isOver(step)).toBe(true)
  active.part(2)
  expect(said).toHaveLength(1)
  expect(active.stopped).toMatchObject({ code, message: expect.stringContaining('after 1 parts') })
})

it('lets messages in now and then, not at every step', async () => {
  const { active, turns } = start()
  for (let i = 0; i < 100; i++) await active.step()
  expect(turns()).toBe(0)
  await vi.advanceTimersByTimeAsync(11)
  for (let i = 0; i < 100; i++) await active.step()
  expect(turns()).toBe(1)
})
