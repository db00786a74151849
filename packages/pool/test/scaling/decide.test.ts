import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, defaultRules, demandOf, type Sample, type ScalingPolicy } from '../../src/scaling/decide.ts'

const policy: ScalingPolicy = { ...defaultRules, minConnections: 1, maxConnections: 4 }

const sample = (at: number, over: Partial<Sample> = {}): Sample => ({
  at,
  arrivals: 0,
  waiting: 0,
  running: 0,
  ready: 1,
  started: 1,
  serviceMs: undefined,
  ...over,
})

/** One sample each half second over `seconds`, all alike. */
const steady = (seconds: number, over: Partial<Sample>): Sample[] =>
  Array.from({ length: seconds * 2 + 1 }, (_, index) => sample(index * 500, over))

describe('decide', () => {
  it('goes out to the minimum first', () => {
    const decision = decide(
      [sample(0, { started: 1, ready: 1 })],
      { ...policy, minConnections: 2 },
      undefined,
    )
    expect(decision).toMatchObject({ _tag: 'out', target: 2 })
  })

  it('goes out while requests wait and demand exceeds what is started', () => {
    expect(decide([sample(0, { waiting: 6, running: 2 })], policy, undefined)).toMatchObject({
      _tag: 'out',
      target: 4,
    })
  })

  it('holds while what was started is still on its way and suffices', () => {
    const decision = decide([sample(0, { waiting: 1, running: 1, ready: 1, started: 3 })], policy, undefined)
    expect(decision._tag).toBe('hold')
  })

  it('never exceeds the maximum', () => {
    const decision = decide(
      [sample(0, { waiting: 500, running: 8, started: 4, ready: 4 })],
      policy,
      undefined,
    )
    expect(decision).toMatchObject({ _tag: 'hold', target: 4 })
  })

  it('goes in by one after a whole window of low use', () => {
    expect(decide(steady(11, { started: 3, ready: 3 }), policy, undefined)).toMatchObject({
      _tag: 'in',
      target: 2,
    })
  })

  it('does not go in before the window has been seen', () => {
    expect(decide(steady(3, { started: 3, ready: 3 }), policy, undefined)._tag).toBe('hold')
  })

  it('does not go in during the cool-down after a step', () => {
    expect(decide(steady(11, { started: 3, ready: 3 }), policy, 9_000)._tag).toBe('hold')
  })

  it('does not go in while a connection is still starting', () => {
    expect(decide(steady(11, { started: 3, ready: 2 }), policy, undefined)._tag).toBe('hold')
  })

  it('stays within its bounds and steps in by one at most, whatever the samples say', () => {
    const anySample = fc.record({
      arrivals: fc.nat(500),
      waiting: fc.nat(500),
      running: fc.nat(16),
      ready: fc.nat(4),
      started: fc.integer({ min: 1, max: 4 }),
      serviceMs: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(anySample, { minLength: 1, maxLength: 40 }), raw => {
        const samples = raw.map((fields, index) => ({ at: index * 500, ...fields }))
        const started = samples.at(-1)?.started ?? 0
        const { target } = decide(samples, policy, undefined)
        expect(target).toBeGreaterThanOrEqual(policy.minConnections)
        expect(target).toBeLessThanOrEqual(policy.maxConnections)
        expect(target).toBeGreaterThanOrEqual(started - 1)
      }),
    )
  })
})

describe('demandOf', () => {
  it('is the arrival rate times the service time (Little’s law)', () => {
    const samples = steady(10, { arrivals: 10, serviceMs: 150 })
    expect(demandOf(samples)).toBeCloseTo(20 * 0.15)
  })

  it('is what is present where nothing has been answered yet', () => {
    expect(demandOf([sample(0, { waiting: 3, running: 2 })])).toBe(5)
  })
})
