import { describe, expect, it } from 'vitest'
import { LatencyDrift, median } from '../../src/health/LatencyDrift.ts'
import { degradedBelow, type HealthFacts, healthScore } from '../../src/health/score.ts'
import { noVitals, ownVitals } from '../../src/health/Vitals.ts'

const well: HealthFacts = {
  ...noVitals,
  runs: 20,
  failures: 0,
  consecutiveFailures: 0,
  drift: 1,
  loneDrift: undefined,
  drops: 0,
}

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
  [
    'is not degraded by a slowness that nothing is there to be held against, beats and memory alone',
    { loneDrift: 100, missedBeats: 2, memory: 2 },
    55,
    /100\.0 times slower than it was, or is asked for more/,
  ],
  ['gains nothing from being faster', { drift: 0.5 }, 100, undefined],
  ['loses 10 for each time it was lost, 30 at most', { drops: 9 }, 70, /lost 9 times/],
  ['loses 10 for each beat that its link has missed', { missedBeats: 2 }, 80, /missed 2 beats/],
  ['loses 20 for a main thread that does not answer', { mainMs: 6_000 }, 80, /not answered for 6 s/],
  ['bears a main thread that answers late', { mainMs: 4_999 }, 100, undefined],
  ['loses 2 for each time that its link was late', { lateBeats: 4 }, 92, /late 4 times/],
  ['loses 30 for beats at most', { missedBeats: 9, lateBeats: 99, mainMs: 60_000 }, 70, /missed 9 beats/],
  ['bears a browser that takes four fifths of what it may', { memory: 0.8 }, 100, undefined],
  ['loses up to 15 for memory beyond that', { memory: 0.9 }, 93, /takes 90 % of what it may/],
  ['loses 15 for memory at most', { memory: 3 }, 85, /takes 300 %/],
  [
    'is not degraded by beats and memory alone',
    { missedBeats: 9, mainMs: 60_000, memory: 2 },
    55,
    /missed 9 beats/,
  ],
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

describe('what is seen of a connection beside its runs', () => {
  const seen = { missedBeats: 3, lateBeats: 9, mainMs: 7_000, memory: 0.9 }

  it('is its own where it is alone', () => {
    expect(ownVitals(seen, [])).toEqual(seen)
  })

  it('is what it has beyond the others: a busy machine is nobody’s fault', () => {
    const others = [{ missedBeats: 2, lateBeats: 9, mainMs: 8_000, memory: 0.1 }]
    expect(ownVitals(seen, others)).toEqual({ missedBeats: 1, lateBeats: 0, mainMs: 0, memory: 0.9 })
  })
})

describe('the drift of a latency', () => {
  const after = (...latencies: readonly number[]) => {
    const drift = new LatencyDrift(0)
    for (const ms of latencies) drift.add(ms, 0, 'keep')
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

  it('takes for normal what it has nothing to be held against for', () => {
    const drift = new LatencyDrift(0)
    for (const ms of [...times(40, 10), ...times(60, 100)]) drift.add(ms, 0, 'learn')
    expect(drift.ratio).toBe(1)
  })

  it('tells when the middle of its past was, which a page that takes the place inherits', () => {
    const drift = new LatencyDrift(7)
    expect(drift.pastAt).toBeUndefined()
    for (let at = 0; at < 28; at++) drift.add(10, at, 'learn')
    expect([drift.pastAt, drift.since]).toEqual([10, 7])
    expect([drift.heir().pastAt, drift.heir().since]).toEqual([10, 7])
  })

  it('ends when the lane is as fast as before', () => {
    expect(after(...times(40, 10), ...times(50, 100), ...times(8, 10))).toBe(1)
  })

  it('rests on medians', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })
})
