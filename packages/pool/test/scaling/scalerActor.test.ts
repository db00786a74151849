import { Effect } from 'effect'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createActor } from 'xstate'
import type { Decision } from '../../src/scaling/Decision.ts'
import { decide as ownDecide } from '../../src/scaling/decide.ts'
import { scalerBehavior } from '../../src/scaling/scalerActor.ts'
import { policy, sample } from './samples.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

/** A step in that is under way for ever, with what is asked and done meanwhile. */
async function stepIn(decide?: typeof ownDecide) {
  let looks = 0
  let calledOff = 0
  const { logic } = scalerBehavior({
    connections: {
      started: () => 2,
      add: Effect.void,
      remove: Effect.never,
      callOff: () => void calledOff++,
    },
    // Two of which none is needed, and after a minute work for both.
    sample: () => {
      looks++
      const busy = Date.now() > 60_000 ? { waiting: 50, arrivals: 50 } : {}
      return sample(Date.now(), { started: 2, ready: 2, ...busy })
    },
    ...(decide ? { decide } : {}),
  })
  const actor = createActor(logic, { input: { policy } })
  actor.start()
  await vi.advanceTimersByTimeAsync(90_000)
  const { value } = actor.getSnapshot()
  actor.stop()
  return { value, looks, calledOff }
}

describe('a step in that is under way', () => {
  it('is called off by the pool’s own rule, as often as it says so', async () => {
    const { value, calledOff } = await stepIn()
    expect([value, calledOff > 0]).toEqual(['stepping', true])
  })

  it('is left to end where something else decides, which is not asked for a step that is not taken', async () => {
    let asked = 0
    const decide = (...[history, rules]: Parameters<typeof ownDecide>): Decision => {
      asked++
      return { ...ownDecide(history, rules), _tag: 'in', target: 1 }
    }
    const { value, looks, calledOff } = await stepIn(decide)
    expect({ value, asked, calledOff }).toEqual({ value: 'stepping', asked: 1, calledOff: 0 })
    expect(looks).toBeGreaterThan(100)
  })
})
