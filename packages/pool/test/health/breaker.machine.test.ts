import { describe, expect, it } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import {
  type BreakerEvent,
  breakerMachine,
  defaultBreaker,
  passageOf,
} from '../../src/health/breaker.machine.ts'

function breakerOf() {
  const clock = new SimulatedClock()
  const actor = createActor(breakerMachine, { input: defaultBreaker, clock }).start()
  const tell = (type: BreakerEvent['type'], times = 1) => {
    for (let time = 0; time < times; time++) actor.send({ type })
  }
  return {
    clock,
    tell,
    passage: () => passageOf(actor.getSnapshot()),
    opened: () => actor.getSnapshot().context.timesOpened,
  }
}

function halfOpen() {
  const breaker = breakerOf()
  breaker.tell('failure', 5)
  breaker.clock.increment(30_000)
  return breaker
}

describe('a breaker', () => {
  it('bears four failures in a row, and opens at the fifth', () => {
    const { tell, passage } = breakerOf()
    tell('failure', 4)
    expect(passage()).toBe('free')
    tell('failure')
    expect(passage()).toBe('barred')
  })

  it('forgets failures at a success', () => {
    const { tell, passage } = breakerOf()
    tell('failure', 4)
    tell('success')
    tell('failure', 4)
    expect(passage()).toBe('free')
  })

  it('lets nothing pass for 30 seconds, whatever ends meanwhile', () => {
    const { tell, passage, clock } = breakerOf()
    tell('failure', 5)
    tell('success', 3)
    clock.increment(29_999)
    expect(passage()).toBe('barred')
    clock.increment(1)
    expect(passage()).toBe('trial')
  })

  it('admits three trials half-open, and no fourth', () => {
    const { tell, passage } = halfOpen()
    tell('admitted', 2)
    expect(passage()).toBe('trial')
    tell('admitted')
    expect(passage()).toBe('barred')
  })

  it('closes when three trials went well', () => {
    const { tell, passage } = halfOpen()
    tell('admitted', 3)
    tell('success', 2)
    expect(passage()).toBe('barred')
    tell('success')
    expect(passage()).toBe('free')
  })

  it('opens again at the first trial that fails, for as long as before', () => {
    const { tell, passage, clock, opened } = halfOpen()
    tell('admitted')
    tell('failure')
    expect(passage()).toBe('barred')
    expect(opened()).toBe(2)
    clock.increment(30_000)
    expect(passage()).toBe('trial')
  })

  it('admits another trial for one that ended without a verdict', () => {
    const { tell, passage } = halfOpen()
    tell('admitted', 3)
    tell('noVerdict')
    expect(passage()).toBe('trial')
  })
})
