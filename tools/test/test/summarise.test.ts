import { describe, expect, it } from 'vitest'
import { summarise, summaryLines, type VitestReport } from '../summarise.ts'

const test = (status: string, title: string, ...ancestorTitles: string[]) => ({
  status,
  title,
  ancestorTitles,
})

const report = (
  assertionResults: VitestReport['testResults'][number]['assertionResults'],
  more: Partial<VitestReport['testResults'][number]> = {},
): VitestReport => ({
  testResults: [{ name: '/r/packages/a/test/a.test.ts', status: 'passed', assertionResults, ...more }],
})

describe('the end of npm test', () => {
  it('counts what passed and names what failed by file and titles', () => {
    const summary = summarise(
      report([test('passed', 'one'), test('failed', 'two', 'suite')], { status: 'failed' }),
      '/r',
    )
    expect(summary).toMatchObject({
      passed: 1,
      failed: ['packages/a/test/a.test.ts › suite › two'],
      skipped: [],
    })
  })

  it('names a suite once when none of it ran, and a test alone when its neighbours did', () => {
    const summary = summarise(
      report([
        test('skipped', 'one', 'Edge (not installed)'),
        test('pending', 'two', 'Edge (not installed)', 'inner'),
        test('passed', 'three', 'other'),
        test('skipped', 'four (no GPU)', 'other'),
      ]),
      '/r',
    )
    expect(summary.skipped).toEqual([
      { what: 'packages/a/test/a.test.ts › Edge (not installed)', tests: 2 },
      { what: 'packages/a/test/a.test.ts › other › four (no GPU)', tests: 1 },
    ])
  })

  it('counts a file that cannot be loaded as a failure', () => {
    const summary = summarise(report([], { status: 'failed', message: 'Cannot find module x\nat y' }), '/r')
    expect(summary.failed).toEqual(['packages/a/test/a.test.ts: Cannot find module x'])
  })

  it('counts an error outside every test as a failure', () => {
    expect(summarise({ ...report([test('passed', 'one')]), success: false }, '/r').failed).toHaveLength(1)
  })

  it('names the ten files that took longest, with their seconds, the longest first', () => {
    const took = (ms: number) => report([], { name: `/r/${ms}.test.ts`, startTime: 1000, endTime: 1000 + ms })
    const testResults = Array.from({ length: 12 }, (_, at) => took(500 * (at + 1))).flatMap(
      one => one.testResults,
    )
    const summary = summarise({ testResults }, '/r')
    expect(summary.slowest).toHaveLength(10)
    const lines = summaryLines(summary)
    const at = lines.indexOf('The files that took longest:')
    expect(lines.slice(at + 1, at + 3)).toEqual(['     6.0 s  6000.test.ts', '     5.5 s  5500.test.ts'])
    expect(lines.at(-1)).toBe('0 passed, 0 failed')
  })

  it('ends with exactly the counts', () => {
    const lines = summaryLines({ passed: 7, failed: ['a'], skipped: [{ what: 'b', tests: 3 }], slowest: [] })
    expect(lines.at(-1)).toBe('7 passed, 1 failed')
    expect(lines).toContain('  b (3 tests)')
    expect(summaryLines({ passed: 1, failed: [], skipped: [], slowest: [] })).toContain(
      'Nothing was skipped.',
    )
  })
})
