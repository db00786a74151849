import { describe, expect, it } from 'vitest'
import { KpaDecider, type KpaKnobs } from '../../bench/scaling/kpa.ts'
import { RayDelay, rayDefaults, rayDesired } from '../../bench/scaling/rayServe.ts'
import { ThresholdRule, thresholdDefaults } from '../../bench/scaling/thresholdRule.ts'

// Each rival first does what its own project says that it does, before it is compared with.

describe('Knative KPA', () => {
  /** As knative/serving tests its decider: rates of ten either way, a stable window of 60 s. */
  const knobs = (target: number): KpaKnobs => ({
    target,
    stableWindowMs: 60_000,
    scaleDownDelayMs: 0,
    maxScaleUpRate: 10,
    maxScaleDownRate: 10,
  })

  it('plans 15 pods for 100 concurrent requests at a concurrency of 10 and 70 % (documentation)', () => {
    const decider = new KpaDecider({ ...knobs(7), maxScaleUpRate: 1000 })
    expect(decider.desired(0, 15, 100, 100)).toBe(15)
  })

  it('TestAutoscalerUnpanicAfterSlowIncrease: 25, 41, then 50 when panic ends', () => {
    const decider = new KpaDecider(knobs(1))
    expect(decider.desired(0, 10, 11, 25)).toBe(25)
    expect(decider.inPanic).toBe(true)
    expect(decider.desired(30_000, 40, 30, 41)).toBe(41)
    expect(decider.desired(62_000, 55, 50, 56)).toBe(50)
    expect(decider.inPanic).toBe(false)
  })

  it('TestAutoscalerExtendPanicWindow: a surge that goes on prolongs it', () => {
    const decider = new KpaDecider(knobs(1))
    decider.desired(0, 10, 11, 25)
    expect(decider.desired(30_000, 40, 30, 80)).toBe(80)
  })

  it('TestAutoscalerPanicThenUnPanicScaleDown: 100 is held through panic, then 1', () => {
    const decider = new KpaDecider(knobs(10))
    expect(decider.desired(0, 1, 100, 100)).toBe(10)
    expect(decider.desired(0, 10, 100, 1000)).toBe(100)
    expect(decider.desired(30_000, 10, 1, 1)).toBe(100)
    expect(decider.desired(61_000, 10, 1, 1)).toBe(1)
  })

  it('TestAutoscalerRateLimitScaleUp and -Down: tenfold at most, a tenth at least', () => {
    expect(new KpaDecider(knobs(10)).desired(0, 1, 1000, 1001)).toBe(10)
    expect(new KpaDecider(knobs(10)).desired(0, 10, 1000, 1001)).toBe(100)
    expect(new KpaDecider(knobs(10)).desired(0, 100, 1, 1)).toBe(10)
  })
})

describe('Ray Serve', () => {
  /** As ray tests its policy: `desired` of ten replicas with a target of one. */
  const knobs = { ...rayDefaults, targetOngoingRequests: 1 }

  it('test_scale_up and test_scale_down: twice the load doubles ten replicas, half of it halves them', () => {
    expect(rayDesired(knobs, 20, 10)).toBe(20)
    expect(rayDesired(knobs, 5, 10)).toBe(5)
  })

  it('test_smoothing_factor: half the way from 10 to 40 is 25, to 2.5 is 6 to 7', () => {
    const half = { ...knobs, upscalingFactor: 0.5, downscalingFactor: 0.5 }
    expect(rayDesired(half, 40, 10)).toBe(25)
    expect(rayDesired(half, 2.5, 10)).toBe(7)
  })

  it('scales up only after the whole of its delay, and a break starts it anew (documentation)', () => {
    const delay = new RayDelay({ ...knobs, upscaleDelayS: 30 }, 1)
    const hold = (times: number, desired: number) => {
      let target = 1
      for (let at = 0; at < times; at++) target = delay.decide(desired, 1)
      return target
    }
    expect(hold(30, 4)).toBe(1)
    expect(hold(1, 1)).toBe(1)
    expect(hold(30, 4)).toBe(1)
    expect(hold(1, 4)).toBe(4)
  })
})

describe('the threshold rule (0.7 / 0.3), of which there is no published example', () => {
  it('goes up above 0.7 use to what that use would need, one at least', () => {
    const rule = new ThresholdRule(thresholdDefaults)
    expect(rule.target(0, 4, 4, 8)).toBe(6)
    expect(new ThresholdRule(thresholdDefaults).target(0, 4, 3, 8)).toBe(5)
    expect(new ThresholdRule(thresholdDefaults).target(0, 10, 7, 12)).toBe(10)
  })

  it('does nothing within 30 s of a step', () => {
    const rule = new ThresholdRule(thresholdDefaults)
    rule.target(0, 4, 4, 8)
    expect(rule.target(29_000, 6, 6, 8)).toBe(6)
    expect(rule.target(30_000, 6, 6, 8)).toBe(8)
  })

  it('goes down by one below 0.3 use, now and smoothed by 0.2', () => {
    const rule = new ThresholdRule(thresholdDefaults)
    expect(rule.target(0, 4, 2, 8)).toBe(4)
    // 0.5 smoothed towards 0: 0.4, 0.32, 0.256.
    expect([1, 2, 3].map(at => rule.target(at, 4, 0, 8))).toEqual([4, 4, 3])
  })
})
