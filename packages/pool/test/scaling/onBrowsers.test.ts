// The parts of the bench on real browsers that decide: what a rival is shown, what a run cost, whether rankings agree.
import { describe, expect, it } from 'vitest'
import { asDecide } from '../../bench/scaling/real/asDecide.ts'
import { browserSecondsOf, reversalsOf } from '../../bench/scaling/real/browserSeconds.ts'
import { measuredOf, predict, type Range } from '../../bench/scaling/real/predict.ts'
import { agreementOf, errorOf, type Ranked } from '../../bench/scaling/real/ranking.ts'
import type { View } from '../../bench/scaling/Scaler.ts'
import { emptyHistory, observe } from '../../src/scaling/History.ts'
import { defaultRules, type ScalingPolicy } from '../../src/scaling/ScalingPolicy.ts'

const policy: ScalingPolicy = { ...defaultRules, minConnections: 1, maxConnections: 3 }

describe('a rival in a real pool', () => {
  const look = (at: number, over: { waiting?: number; running?: number; started?: number } = {}) => ({
    at,
    arrivals: 1,
    waiting: 0,
    running: 1,
    ready: 1,
    started: 1,
    served: 1,
    servedMs: 100,
    slowdown: [],
    startUpMs: undefined,
    resources: undefined,
    ...over,
  })

  it('is asked at its own pace, and shown all that came since', () => {
    const views: View[] = []
    const scaler = { family: 'rival', knobs: '', everyMs: 1000, initial: 1, target: () => 2 }
    const decide = asDecide(scaler, view => views.push(view))
    let history = emptyHistory
    for (let at = 0; at <= 2000; at += 250) {
      history = observe(history, look(at, { waiting: 2, running: 2 }), policy)
      expect(decide(history, policy)).toMatchObject({ _tag: 'out', target: 2, reason: 'rival' })
    }
    expect(views.map(({ at, arrivals }) => [at, arrivals])).toEqual([
      [0, 1],
      [1000, 4],
      [2000, 4],
    ])
    // One of the two on the lane waits behind the other.
    expect(views[0]).toMatchObject({ waiting: 3, running: 1, meanPresent: 4 })
  })

  it('keeps to the bounds of the pool, and holds where it has what it wants', () => {
    const decide = asDecide({ family: 'rival', knobs: '', everyMs: 0, initial: 1, target: () => 9 })
    expect(decide(observe(emptyHistory, look(0), policy), policy)).toMatchObject({ _tag: 'out', target: 3 })
    const decideAgain = asDecide({ family: 'rival', knobs: '', everyMs: 0, initial: 1, target: () => 0 })
    expect(decideAgain(observe(emptyHistory, look(0), policy), policy)).toMatchObject({
      _tag: 'hold',
      target: 1,
    })
  })
})

describe('what a run cost', () => {
  const sizes = [
    { at: 0, count: 1 },
    { at: 2000, count: 3 },
    { at: 5000, count: 2 },
    { at: 6000, count: 3 },
  ]
  it('is connections times seconds, the last until the end', () => {
    expect(browserSecondsOf(sizes, 8000)).toBe(2 + 9 + 2 + 6)
  })
  it('counts steps in another direction than the one before', () => {
    expect(reversalsOf(sizes)).toBe(2)
    expect(reversalsOf(sizes.slice(0, 2))).toBe(0)
  })
})

describe('two rankings', () => {
  const near = (median: number): Range => ({ median, low: median * 0.9, high: median * 1.1 })
  const ranked = (name: string, predicted: number, measured: number): Ranked => ({
    name,
    predicted: near(predicted),
    measured,
  })

  it('are compared over the pairs that the simulator tells apart', () => {
    const policies = [ranked('a', 10, 9), ranked('b', 11, 5), ranked('c', 20, 30), ranked('d', 40, 20)]
    // a and b overlap; c and d are the other way round.
    expect(agreementOf(policies)).toEqual({ told: 5, same: 4, other: ['c before d'] })
  })

  it('give the error as the median of measured over predicted, with an interval', () => {
    const policies = [1, 2, 3, 4, 5].map(at => ranked(`${at}`, 100, 100 + 10 * at))
    const error = errorOf(policies, 0)
    expect(error.median).toBeCloseTo(1.3)
    expect(error.low).toBeGreaterThanOrEqual(1.1)
    expect(error.high).toBeLessThanOrEqual(1.5)
    expect(error.low).toBeLessThan(error.high)
  })
})

it('a run that the simulator made itself is predicted by it', () => {
  const moments = Array.from({ length: 400 }, (_, at) => at * 100)
  const requests = moments.map(() => ({ waitMs: 0, serviceMs: 50, busy: 1 }))
  const measured = measuredOf(
    [
      {
        trace: 't',
        family: 'fixed',
        knobs: '1',
        requests,
        sizes: [],
        browserSeconds: 40,
        reversals: 0,
        startUpMs: 900,
      },
    ],
    2,
  )
  expect(measured.machine).toMatchObject({ startUpMs: 900, cores: 2 })
  const fixed = () => ({ family: 'fixed', knobs: '1', everyMs: 60_000, initial: 1, target: () => 1 })
  const { p95WaitMs, browserSeconds } = predict(moments, measured, fixed, [1, 2, 3])
  expect(p95WaitMs).toEqual({ median: 0, low: 0, high: 0 })
  expect(browserSeconds.median).toBeCloseTo(40, 0)
})
