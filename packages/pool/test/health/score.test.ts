import { describe, expect, it } from 'vitest'
import { LatencyDrift, median } from '../../src/health/LatencyDrift.ts'
import { degradedBelow, type HealthFacts, healthScore } from '../../src/health/score.ts'

const well: HealthFacts = { runs: 20, failures: 0, consecutiveFailures: 0, drift: 1, drops: 0 }

const cases: readonly [
  title: string,
  facts: Partial<HealthFacts>,
  score: number,
  reason: RegExp | undefined,
][] = [
  ['is 100 where nothing is wrong', {}, 100, undefined],
  ['is 100 where nothing is known', { runs: 0, drift: undefined }, 100, undefined],
  ['does not judge a connection by its first failures', { runs: 3, failures: 2 }, 100, undefined],
  ['loses 60 points in proportion to the runs that failed', { failures: 10 }, 70, /10 of its last 20 runs/],
  [
    'loses 10 for each failure in a row, 40 at most',
    { failures: 5, consecutiveFailures: 5 },
    45,
    /last 5 runs/,
  ],
  ['bears being twice as slow', { drift: 2 }, 83, /2\.0 times slower/],
  ['is degraded at ten times slower, though every run succeeds', { drift: 10 }, 44, /10\.0 times slower/],
  ['gains nothing from being faster', { drift: 0.5 }, 100, undefined],
  ['loses 10 for each time it was lost, 30 at most', { drops: 9 }, 70, /lost 9 times/],
  [
    'is never below 0',
    { failures: 20, consecutiveFailures: 20, drift: 100, drops: 9 },
    0,
    /20 of its last 20/,
  ],
]

describe('the score of a connection', () => {
  it.each(cases)('%s', (_title, facts, score, reason) => {
    const scored = healthScore({ ...well, ...facts })
    expect(scored.score).toBe(score)
    if (reason === undefined) expect(scored.reasons).toEqual([])
    else expect(scored.reasons.join('; ')).toMatch(reason)
  })

  it('is below the limit of the degraded for what is ten times slower', () => {
    expect(healthScore({ ...well, drift: 10 }).score).toBeLessThan(degradedBelow)
  })
})

describe('the drift of a latency', () => {
  const after = (...latencies: readonly number[]) => {
    const drift = new LatencyDrift()
    for (const ms of latencies) drift.add(ms)
    return drift.ratio
  }
  const times = (count: number, ms: number) => new Array<number>(count).fill(ms)

  it('is unknown until there is a past', () => {
    expect(after(...times(23, 10))).toBeUndefined()
    expect(after(...times(24, 10))).toBe(1)
  })

  it('is not moved by one slow run', () => {
    expect(after(...times(40, 10), 1000)).toBe(1)
  })

  it('is seen within five runs', () => {
    expect(after(...times(40, 10), ...times(5, 100))).toBe(10)
  })

  it('does not take being slow for normal, however long it lasts', () => {
    expect(after(...times(40, 10), ...times(500, 100))).toBe(10)
  })

  it('ends when the lane is as fast as before', () => {
    expect(after(...times(40, 10), ...times(50, 100), ...times(8, 10))).toBe(1)
  })

  it('rests on medians', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })
})
