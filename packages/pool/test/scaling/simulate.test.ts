import { describe, expect, it } from 'vitest'
import { randomOf } from '../../bench/scaling/random.ts'
import { simulate } from '../../bench/scaling/simulate.ts'
import type { Trace } from '../../bench/scaling/Trace.ts'

/** Poisson arrivals and exponential service on lanes that do not hinder each other: M/M/c, which has a formula. */
function queue(rate: number, meanMs: number, count: number): Trace {
  const random = randomOf(11)
  let at = 0
  const arrivals = Array.from({ length: count }, () => {
    at += (random.exponential() * 1000) / rate
    return { at, workMs: meanMs * random.exponential() }
  })
  return {
    name: 'M/M/c',
    about: 'synthetic',
    arrivals,
    machine: { name: 'ideal', cores: 99, slowdown: () => 1, startUpMs: 1 },
  }
}

const fixed = (count: number) => ({
  family: 'fixed',
  knobs: `${count}`,
  everyMs: 60_000,
  initial: count,
  target: () => count,
})

/** Erlang's C (1917): the chance to wait, and the mean wait. */
function erlangC(rate: number, meanMs: number, servers: number): { chance: number; waitMs: number } {
  const load = (rate * meanMs) / 1000
  let term = 1
  let sum = 1
  for (let n = 1; n < servers; n++) {
    term *= load / n
    sum += term
  }
  const last = (term * load) / servers / (1 - load / servers)
  const chance = last / (sum + last)
  return { chance, waitMs: (chance * meanMs) / (servers - load) }
}

describe('the simulator', () => {
  it.each([
    { rate: 3, servers: 2 },
    { rate: 10, servers: 6 },
  ])('agrees with Erlang’s C for $servers lanes at $rate a second', ({ rate, servers }) => {
    const { meanWaitMs } = simulate(queue(rate, 500, 40_000), fixed(servers), 1)
    const { waitMs } = erlangC(rate, 500, servers)
    expect(Math.abs(meanWaitMs - waitMs) / waitMs).toBeLessThan(0.1)
  })

  it('counts what connections cost from their start to the end of their drain', () => {
    const trace = queue(1, 100, 600)
    const { browserSeconds } = simulate(trace, fixed(3), 1)
    const seconds = (trace.arrivals.at(-1)?.at ?? 0) / 1000
    expect(Math.abs(browserSeconds / (3 * seconds) - 1)).toBeLessThan(0.01)
  })

  describe.each([1, 2])('where a lane holds %i', depth => {
    /** One arrival each 50 ms, of 110 ms: more than two lanes can do. */
    const busy: Trace = {
      name: 'busy',
      about: 'synthetic',
      arrivals: Array.from({ length: 600 }, (_, at) => ({ at: at * 50, workMs: 110 })),
      machine: { name: 'ideal', cores: 99, slowdown: () => 1, startUpMs: 1_000, depth },
    }
    const steps = (targets: readonly number[]) => {
      let turn = 0
      return {
        ...fixed(2),
        everyMs: 5,
        target: () => targets[turn++ - 1_000] ?? targets.at(turn < 1_000 ? 0 : -1) ?? 1,
      }
    }

    it('lets a lane that drains go when it has ended what it had, however much waits', () => {
      const { sizes } = simulate(busy, steps([2, 1]), 1)
      const [, gone] = sizes
      expect(gone?.count).toBe(1)
      expect(gone?.at).toBeGreaterThan(5_000)
      expect(gone?.at).toBeLessThan(5_000 + depth * 110 + 10)
    })

    it('takes a lane that drains back when it is wanted again', () => {
      const { sizes, reversals } = simulate(busy, steps([2, 1, 2]), 1)
      expect(sizes.map(({ count }) => count)).toEqual([2, 2])
      expect(reversals).toBe(0)
    })
  })

  it('gives the same run for the same seed', () => {
    const trace = queue(5, 300, 2_000)
    const scaler = () => {
      let turn = 0
      return { ...fixed(2), everyMs: 5_000, target: () => 2 + (turn++ % 3) }
    }
    expect(simulate(trace, scaler(), 4)).toEqual(simulate(trace, scaler(), 4))
  })
})
