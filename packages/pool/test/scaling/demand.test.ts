import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomOf } from '../../bench/scaling/random.ts'
import { demandOf } from '../../src/scaling/demand.ts'
import { busyLanes, connectionsFor, roomFor } from '../../src/scaling/staffing.ts'
import { load, policy, sample, steady } from './samples.ts'

describe('demandOf', () => {
  it('is the arrivals of the window over its time', () => {
    expect(demandOf(steady(30, load(10, 200)), policy)).toMatchObject({
      rate: 10,
      change: 'none',
      serviceMs: 200,
    })
  })

  it('takes the rate since a surge began', () => {
    const samples = [...steady(50, load(2, 200)), ...steady(3, load(20, 200), 50_500)]
    const demand = demandOf(samples, policy)
    expect(demand.change).toBe('surge')
    expect(demand.rate).toBeGreaterThan(15)
  })

  it('takes the rate since a lull began', () => {
    const samples = [...steady(50, load(20, 200)), ...steady(5, {}, 50_500)]
    const demand = demandOf(samples, policy)
    expect(demand.change).toBe('lull')
    expect(demand.rate).toBeLessThan(3)
  })

  it('believes few arrivals after silence less than many', () => {
    const after = (seconds: number) =>
      demandOf([...steady(20, {}), ...steady(seconds, { arrivals: 5 }, 20_500)], policy)
    const [soon, later] = [after(0.5), after(10)]
    expect([soon.change, later.change]).toEqual(['surge', 'surge'])
    expect(soon.rate).toBeLessThan(8)
    expect(later.rate).toBeGreaterThan(9)
    expect(later.rate).toBeLessThan(10)
  })

  it('never takes what it doubts for less of a change than none', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 60 })
    fc.assert(
      fc.property(counts, arrivals => {
        const samples = arrivals.map((count, at) => sample(at * 500, { arrivals: count }))
        const whole = arrivals.slice(1).reduce((sum, count) => sum + count, 0) / ((arrivals.length - 1) / 2)
        const { rate, change } = demandOf(samples, policy)
        if (change === 'surge') expect(rate).toBeGreaterThanOrEqual(whole - 1e-9)
        else if (change === 'lull') expect(rate).toBeLessThanOrEqual(whole + 1e-9)
        else expect(rate).toBeCloseTo(whole)
      }),
      { seed: 5 },
    )
  })

  it('takes what a start-up slows for no longer requests', () => {
    const beside = { started: 2, ready: 1 }
    const samples = [...steady(10, load(4, 100)), ...steady(3, { ...load(4, 300), ...beside }, 10_500)]
    expect(demandOf(samples, policy).serviceMs).toBeCloseTo(100)
    // Where nothing else was seen, it is all that there is.
    expect(demandOf(samples.slice(-5), policy).serviceMs).toBeCloseTo(300)
  })

  it('takes chance for no change: ten times an hour of Poisson arrivals at most', () => {
    const random = randomOf(7)
    let [changes, window] = [0, [sample(0)]]
    for (let at = 500; at <= 3_600_000; at += 500) {
      let arrivals = 0
      for (let gap = random.exponential() / 6; gap < 0.5; gap += random.exponential() / 6) arrivals++
      window = [...window.filter(one => one.at >= at - policy.windowMs), sample(at, { arrivals })]
      if (demandOf(window, policy).change !== 'none') changes++
    }
    expect(changes / 7200).toBeLessThan(0.01)
  })

  it('counts as waiting what stands behind another on a lane', () => {
    expect(demandOf([sample(0, { waiting: 3, running: 4, ready: 2 })], policy).waiting).toBe(5)
  })
})

describe('connectionsFor', () => {
  const busy = (lanes: number) => ({ rate: lanes, serviceMs: 1000, beside: 1, slowdown: [] })
  const cases: readonly { lanes: number; outAbove: number; connections: number }[] = [
    { lanes: 0, outAbove: 0.7, connections: 0 },
    { lanes: 1, outAbove: 0.7, connections: 2 },
    { lanes: 4, outAbove: 0.7, connections: 6 },
    { lanes: 16, outAbove: 0.7, connections: 20 },
    { lanes: 4, outAbove: 1, connections: 4 },
  ]
  it.each(cases)(
    'plans $connections for $lanes busy lanes at $outAbove',
    ({ lanes, outAbove, connections }) => {
      expect(connectionsFor(busy(lanes), roomFor(outAbove), 99)).toBe(connections)
    },
  )

  it('adds what works a backlog off in time', () => {
    // 20 requests of a second each within 4 s take five lanes beside the load's own.
    expect(connectionsFor(busy(2), 0, 99, 20, 4_000)).toBe(7)
  })

  it('counts that more lanes make each of them slower', () => {
    const slower = [1, 2, 3, 4, 5, 6].map(n => ({
      busy: n,
      mean: 1 + 0.2 * (n - 1),
      variance: 0.01,
      count: 400,
    }))
    const load = { rate: 2, serviceMs: 1000, beside: 1, slowdown: slower }
    expect(busyLanes(load, 2)).toBeCloseTo(2.4)
    expect(connectionsFor(load, 0, 99)).toBeGreaterThan(connectionsFor({ ...load, slowdown: [] }, 0, 99))
  })
})
