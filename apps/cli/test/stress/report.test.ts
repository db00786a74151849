import { describe, expect, it } from 'vitest'
import { compareReports } from '../../src/stress/compare.ts'
import { type PageCounts, reportOf, type StressFacts, type StruckFault } from '../../src/stress/report.ts'
import type { StressOutcome, StressRequest } from '../../src/stress/StressRecord.ts'
import { expectAlike } from '../../src/stress/stressFiles.ts'
import { tagOf } from '../../src/stress/tagOf.ts'
import { comparisonText, textOf } from '../../src/stress/text.ts'

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
  conditions: {
    load: 'closed load, 4 at a time',
    seconds: '2',
    models: 'all',
    browsers: 'every kind found',
    platform: 'auto',
    connections: '2 to 4',
    chaos: 'none',
    deadline: '30 s',
    queue: '1000',
    machine: '2 × CPU, 4 GiB, linux x64',
  },
  browsers: ['chromium 156'],
  by: 'shoal 0.1.0, Node 24',
  faults: [],
  restarts: { browsers: 1, connections: 2 },
  rerun: 0,
  connections: [{ at: 0, count: 1 }],
  restartsAt: [{ at: 0, count: 0 }],
  hostBytes: 1e8,
  pages: { made: 0, delivered: 0, undelivered: 0, excused: 0, doubled: 0, asked: 0, silent: 0, gone: 0 },
}
const pages = (over: Partial<PageCounts>): Partial<StressFacts> => ({ pages: { ...facts.pages, ...over } })
const strike = (inFlight: number): StruckFault => ({ at: 1, fault: 'kill', where: 'chromium-1', inFlight })

describe('the report of a load', () => {
  it('counts what was accepted, and how each of it ended', () => {
    const report = reportOf(
      requests(answered(), answered(30), failed('DeadlineExceeded'), { _tag: 'refused', error: 'full' }),
      { ...facts, chaos: ['kill'], faults: [strike(1)] },
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

  const broken: readonly [string, StressOutcome[], Partial<StressFacts>, RegExp][] = [
    ['a request never ended', [answered(), { _tag: 'open' }], {}, /1 accepted requests never ended/],
    ['an answer is wrong', [answered(10, 'it differs')], {}, /bert: it differs/],
    ['two requests were given one answer', [answered()], pages({ doubled: 1 }), /1 answers came to two/],
    ['a failure came too late', [answered(), failed('LaneHung', 9000)], {}, /after their deadline/],
    ['nothing was answered', [], {}, /nothing was answered/],
    [
      'a request failed and no fault was asked for',
      [answered(), failed('DeadlineExceeded'), failed('LaneHung')],
      {},
      /^2 of 3 accepted requests failed, and no fault was asked for$/,
    ],
    [
      'a failure has no type',
      [answered(), failed(tagOf(new TypeError('x is undefined'))), failed(tagOf('boom')), failed('LaneHung')],
      {},
      /2 failures without a type: .*TypeError: x is undefined/,
    ],
    [
      'more answers came to nobody than requests ran again or failed',
      [answered()],
      pages({ made: 9, delivered: 6, undelivered: 3, excused: 2 }),
      /pages made 3 answers that came to nobody, and 2 requests ran again or failed/,
    ],
    [
      'no fault struck that should have',
      [answered()],
      { chaos: ['kill', 'cut'] },
      /no fault struck.*kill, cut/,
    ],
  ]
  it.each(broken)('is not ok where %s', (_what, outcomes, over, problem) => {
    const report = reportOf(requests(...outcomes), { ...facts, ...over })
    expect(report.ok).toBe(false)
    expect(report.problems.join()).toMatch(problem)
    expect(textOf(report)).toMatch(/NOT OK/)
  })

  it('is ok with answers that came to nobody where requests ran again or failed, and says so', () => {
    const report = reportOf(requests(answered()), {
      ...facts,
      ...pages({ made: 9, delivered: 7, undelivered: 2, excused: 2, asked: 3, gone: 1 }),
    })
    expect(report.ok).toBe(true)
    expect(textOf(report)).toMatch(/made 9 answers .*7 came to a caller, 2 to nobody \(2 requests ran again/)
  })

  it('warns where most faults struck while nothing was in flight, and where living pages were not heard', () => {
    const warned = (over: Partial<StressFacts>) =>
      reportOf(requests(answered()), { ...facts, chaos: ['kill'], ...over })
    const half = warned({ faults: [strike(0), strike(1)] })
    expect(half).toMatchObject({ ok: true, warnings: [] })
    const few = warned({ faults: [strike(0), strike(0), strike(1)], ...pages({ asked: 2, silent: 1 }) })
    expect(few.ok).toBe(true)
    expect(few.warnings).toHaveLength(2)
    expect(textOf(few)).toMatch(/warning: only 1 of 3 faults struck while requests were in flight/)
    expect(textOf(few)).toMatch(/warning: 1 living lanes did not say at the end/)
    // Of a hang, the pool chooses what it strikes.
    const unknown = warned({ faults: [{ at: 1, fault: 'hang', where: 'a lane' }, strike(1)] })
    expect(unknown.warnings).toEqual([])
  })

  it('warns where more than one in twenty failed under faults', () => {
    const under = (answers: number) =>
      reportOf(requests(failed('LaneHung'), ...new Array<StressOutcome>(answers).fill(answered())), {
        ...facts,
        chaos: ['kill'],
        faults: [strike(1)],
      })
    expect(under(19)).toMatchObject({ ok: true, warnings: [] })
    expect(under(18)).toMatchObject({
      ok: true,
      warnings: ['1 of 19 accepted requests failed under the faults'],
    })
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

  it('is one where a share failed or was refused of which none was before', () => {
    const share = (failures: number) =>
      reportOf(
        requests(
          ...Array.from({ length: 100 }, (_, at) => (at < failures ? failed('LaneHung') : answered(100))),
        ),
        facts,
      )
    const found = (failures: number) => compareReports(share(0), share(failures))
    expect(found(0)).toEqual([])
    expect(found(2)).toMatchObject([
      { figure: 'share that was not answered', before: 0, severity: 'medium', change: expect.closeTo(0.02) },
    ])
    expect(found(6)).toMatchObject([{ figure: 'share that was not answered', severity: 'high' }])
    expect(comparisonText(share(0), share(6), found(6))).toMatch(/^HIGH: share that was not answered .*\+6 %/)
  })

  it('is refused where that was another load, saying in what', () => {
    const { conditions } = facts
    expect(() => expectAlike('before.json', conditions, { ...conditions })).not.toThrow()
    expect(() =>
      expectAlike('before.json', { ...conditions, load: 'open load, 2 a second' }, conditions),
    ).toThrow(
      '--compare before.json was another load (load: open load, 2 a second there, closed load, 4 at a time here); run the same one.',
    )
  })

  it('says so where other browsers, or another version, measured', () => {
    const now = of(100)
    const before = { ...now, browsers: ['chromium 155'] }
    expect(comparisonText(before, now, [])).toMatch(
      /^compared with chromium 155, .*; this was chromium 156, /,
    )
    expect(comparisonText(now, now, [])).toMatch(/^compared: no figure is worse/)
  })

  it('is none where it is better', () => {
    expect(compareReports(of(100), of(50, 20))).toEqual([])
  })
})
