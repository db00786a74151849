import { describe, expect, it } from 'vitest'
import { compareReports } from '../../src/stress/compare.ts'
import { reportOf, type StressFacts } from '../../src/stress/report.ts'
import type { StressOutcome, StressRequest } from '../../src/stress/StressRecord.ts'

const placement = {
  connection: 'c',
  lane: 'c/1',
  browserId: 'chromium-1',
  browser: 'chromium' as const,
  browserVersion: '156',
  backend: 'wasm' as const,
  adapter: 'none' as const,
  threads: 1,
  trust: 'own' as const,
  reason: '',
}
const answered = (latencyMs = 10, wrong?: string): StressOutcome => ({
  _tag: 'answered',
  latencyMs,
  placement,
  wrong,
})
const failed = (error: string, latencyMs = 10): StressOutcome => ({
  _tag: 'failed',
  error,
  latencyMs,
  deadlineMs: 1000,
})
const requests = (...outcomes: readonly StressOutcome[]): readonly StressRequest[] =>
  outcomes.map((outcome, at) => ({ model: 'bert', at, outcome }))
const facts: StressFacts = {
  durationMs: 2000,
  load: 'closed, 4 at a time',
  faults: [],
  restarts: { browsers: 1, connections: 2 },
  rerun: 0,
  connections: [{ at: 0, count: 1 }],
  restartsAt: [{ at: 0, count: 0 }],
  hostBytes: 1e8,
  pages: { made: 0, delivered: 0, doubled: 0 },
}

describe('the report of a load', () => {
  it('counts what was accepted, and how each of it ended', () => {
    const report = reportOf(
      requests(answered(), answered(30), failed('DeadlineExceeded'), { _tag: 'refused', error: 'full' }),
      facts,
    )
    expect(report).toMatchObject({
      accepted: 3,
      answered: 2,
      failed: 1,
      refused: 1,
      lost: 0,
      restarts: 3,
      perSecond: 1,
      failures: { DeadlineExceeded: 1 },
      rows: [{ browser: 'chromium 156', answered: 2 }],
      ok: true,
    })
  })

  it('is not ok where a request never ended, an answer is wrong or came twice, or a failure came too late', () => {
    const cases: readonly [StressRequest['outcome'][], Partial<StressFacts>, RegExp][] = [
      [[answered(), { _tag: 'open' }], {}, /1 accepted requests never ended/],
      [[answered(10, 'it differs')], {}, /bert: it differs/],
      [[answered()], { pages: { made: 1, delivered: 1, doubled: 1 } }, /delivered twice/],
      [[answered(), failed('LaneHung', 9000)], {}, /after their deadline/],
      [[], {}, /nothing was answered/],
    ]
    for (const [outcomes, over, problem] of cases) {
      const report = reportOf(requests(...outcomes), { ...facts, ...over })
      expect(report.ok).toBe(false)
      expect(report.problems.join()).toMatch(problem)
    }
  })
})

describe('a report against an earlier one', () => {
  const of = (latencyMs: number, count = 10) =>
    reportOf(requests(...new Array<StressOutcome>(count).fill(answered(latencyMs))), facts)

  it('is no regression within the thresholds', () => {
    expect(compareReports(of(100), of(119))).toEqual([])
  })

  it('is one of medium weight at a fifth more latency, of high weight at a third and more', () => {
    const severities = (now: number) =>
      compareReports(of(100), of(now)).map(({ figure, severity }) => [figure, severity])
    expect(severities(121)).toEqual([
      ['latency p50', 'medium'],
      ['latency p95', 'medium'],
    ])
    expect(severities(140)[0]).toEqual(['latency p50', 'high'])
  })

  it('is one where it answers less', () => {
    expect(compareReports(of(100), of(100, 7))).toMatchObject([
      { figure: 'answers each second', severity: 'high', change: expect.closeTo(-0.3) },
    ])
  })

  it('is none where it is better', () => {
    expect(compareReports(of(100), of(50, 20))).toEqual([])
  })
})
