import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, isNeededAfterAll } from '../../src/scaling/decide.ts'
import { calledOff, emptyHistory, observe, stepped } from '../../src/scaling/History.ts'
import { defaultRules, type ScalingPolicy } from '../../src/scaling/ScalingPolicy.ts'
import { sample } from './samples.ts'

const policy: ScalingPolicy = {
  ...defaultRules,
  windowMs: 10_000,
  surgeMs: 4_000,
  coolDownMs: 8_000,
  reboundMs: 3_000,
  minConnections: 1,
  maxConnections: 6,
}

/** Anything that may be seen within half a second, possible or not. */
const anyLook = fc.record({
  arrivals: fc.nat(40),
  waiting: fc.nat(60),
  running: fc.nat(12),
  missing: fc.nat(2),
  served: fc.nat(40),
  eachMs: fc.integer({ min: 1, max: 2000 }),
  usedBytes: fc.nat(100),
  cpuBusy: fc.double({ min: 0, max: 1, noNaN: true }),
})

type Look = typeof anyLook extends fc.Arbitrary<infer A> ? A : never

interface Step {
  readonly at: number
  readonly way: 'out' | 'in'
  readonly from: number
  readonly to: number
}

interface Day {
  readonly steps: readonly Step[]
  /** When steps in were begun, taken or not. */
  readonly begunAt: readonly number[]
  /** When some of them were called off. */
  readonly calledOffAt: readonly number[]
}

/**
 * The scaler's loop: steps out are taken at once, and one in when the connection that goes has drained.
 * @param drainLooks how many looks that takes, each time the next of them
 */
function dayOf(looks: readonly Look[], drainLooks: readonly number[] = []): Day {
  let history = emptyHistory
  let started = policy.minConnections
  const steps: Step[] = []
  const begunAt: number[] = []
  const calledOffAt: number[] = []
  let drains = 0
  /** Looks that are left until the connection that goes in is gone. */
  let draining: number | undefined
  for (const [index, look] of looks.entries()) {
    const at = index * 500
    const { eachMs, missing, usedBytes, cpuBusy, ...counts } = look
    const seen = sample(at, {
      ...counts,
      servedMs: look.served * eachMs,
      started,
      ready: Math.max(0, started - missing),
      resources: {
        usedBytes,
        limitBytes: 100,
        browserBytes: 10 * started,
        browserBytesAre: 'PSS',
        cpuBusy,
        cores: 4,
      },
    })
    history = observe(history, seen, policy)
    const decision = decide(history, policy)
    if (draining !== undefined) {
      if (isNeededAfterAll(decision, policy)) {
        draining = undefined
        history = calledOff(history, at)
        calledOffAt.push(at)
      } else if (draining-- <= 0) {
        draining = undefined
        history = stepped(history, 'in', at)
        steps.push({ at, way: 'in', from: started, to: started - 1 })
        started--
      }
      continue
    }
    expect(decision.target).toBeGreaterThanOrEqual(policy.minConnections)
    expect(decision.target).toBeLessThanOrEqual(policy.maxConnections)
    if (decision._tag === 'hold') {
      expect(decision.target).toBe(started)
      continue
    }
    if (decision._tag === 'in') {
      begunAt.push(at)
      const left = drainLooks[drains++ % drainLooks.length] ?? 0
      if (left > 0) {
        draining = left
        continue
      }
    }
    history = stepped(history, decision._tag, at)
    steps.push({ at, way: decision._tag, from: started, to: decision.target })
    started = decision.target
  }
  return { steps, begunAt, calledOffAt }
}

const stepsOf = (looks: readonly Look[]) => dayOf(looks).steps

// Bursts, lulls and noise: runs of looks that are alike, so that the rules are met from both sides.
const anyDay = fc
  .array(fc.tuple(anyLook, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 12 })
  .map(runs => runs.flatMap(([look, length]) => Array.from({ length }, () => look)))

const anyDrains = fc.array(fc.nat(30), { minLength: 1, maxLength: 5 })

describe('whatever the load does', () => {
  it('no step is followed by one in the other direction within the cool-down, or the rebound', () => {
    let reversals = 0
    fc.assert(
      fc.property(anyDay, looks => {
        const steps = stepsOf(looks)
        for (const [index, step] of steps.entries()) {
          const before = steps[index - 1]
          if (!before || before.way === step.way) continue
          reversals++
          const rest = step.way === 'in' ? policy.coolDownMs : policy.reboundMs
          expect(step.at - before.at).toBeGreaterThanOrEqual(rest)
        }
      }),
      { numRuns: 300 },
    )
    // The rule would hold of itself if nothing ever turned.
    expect(reversals).toBeGreaterThan(10)
  })

  it('two turns of one kind are at least a cool-down and a rebound apart', () => {
    fc.assert(
      fc.property(anyDay, looks => {
        const steps = stepsOf(looks)
        const turns = steps.filter((step, index) => index > 0 && steps[index - 1]?.way !== step.way)
        for (const way of ['out', 'in'] as const) {
          const alike = turns.filter(turn => turn.way === way)
          for (const [index, turn] of alike.entries()) {
            const before = alike[index - 1]
            if (before)
              expect(turn.at - before.at).toBeGreaterThanOrEqual(policy.coolDownMs + policy.reboundMs)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('it is so too where steps in take their time, and some are called off', () => {
    let times = 0
    fc.assert(
      fc.property(anyDay, anyDrains, (looks, drainLooks) => {
        const day = dayOf(looks, drainLooks)
        times += day.calledOffAt.length
        for (const [index, step] of day.steps.entries()) {
          const before = day.steps[index - 1]
          if (!before || before.way === step.way) continue
          const rest = step.way === 'in' ? policy.coolDownMs : policy.reboundMs
          expect(step.at - before.at).toBeGreaterThanOrEqual(rest)
        }
      }),
      { numRuns: 300 },
    )
    expect(times).toBeGreaterThan(10)
  })

  it('no step in is begun within the cool-down after one that was called off', () => {
    let times = 0
    fc.assert(
      fc.property(anyDay, anyDrains, (looks, drainLooks) => {
        const { begunAt, calledOffAt } = dayOf(looks, drainLooks)
        for (const off of calledOffAt) {
          const next = begunAt.find(begun => begun >= off)
          if (next === undefined) continue
          times++
          expect(next - off).toBeGreaterThanOrEqual(policy.coolDownMs)
        }
      }),
      { numRuns: 300 },
    )
    expect(times).toBeGreaterThan(10)
  })

  it('memory that swings about its ceiling begins a step in at most once in a cool-down', () => {
    const busy = { arrivals: 20, waiting: 20, running: 12, missing: 0, served: 20, eachMs: 200, cpuBusy: 0.1 }
    // Two looks over the share, and two below it.
    const looks = Array.from({ length: 240 }, (_, index) => ({
      ...busy,
      usedBytes: index < 20 ? 20 : index % 4 < 2 ? 88 : 78,
    }))
    const { begunAt, calledOffAt } = dayOf(looks, [30])
    expect(calledOffAt.length).toBeGreaterThan(1)
    expect(begunAt.length).toBeLessThanOrEqual(1 + (looks.length * 500) / policy.coolDownMs)
  })

  it('goes in by one at a time', () => {
    fc.assert(
      fc.property(anyDay, looks => {
        for (const { way, from, to } of stepsOf(looks)) if (way === 'in') expect(to).toBe(from - 1)
      }),
      { numRuns: 200 },
    )
  })
})
