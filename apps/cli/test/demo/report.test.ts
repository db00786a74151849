import type { BrowserKind, RunAnswer } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/demo/CallerRecord.ts'
import { type Judged, reportOf, textOf } from '../../src/demo/report.ts'

const answer = (browser: BrowserKind, computeMs: number): RunAnswer => ({
  output: {},
  timing: {
    queueMs: 1,
    laneQueueMs: 1,
    transferMs: 0,
    preprocessMs: 0,
    computeMs,
    postprocessMs: 0,
    totalMs: computeMs + 2,
    attempts: 1,
  },
  placement: {
    connection: `${browser}-1.1`,
    browserId: `${browser}-1`,
    lane: `${browser}-1/1/1`,
    browser,
    browserVersion: '1.0',
    backend: 'wasm',
    adapter: 'none',
    threads: 1,
    trust: 'own',
    reason: '',
  },
})

const judged = (outcome: Outcome, matches = true, maxAbsDiff = 1e-7): Judged => ({
  request: { model: 'bert', input: 0, outcome },
  type: 'text_embedding',
  verdict: outcome._tag === 'answered' ? { matches, maxAbsDiff, reason: undefined } : undefined,
})

const facts = { restarts: 1, rerun: 2, recoveryMs: 900, skipped: [] }

describe('reportOf', () => {
  it('has a row for each model on each kind of lane, with quantiles and the greatest difference', () => {
    const report = reportOf(
      [
        judged({ _tag: 'answered', answer: answer('chromium', 10) }, true, 1e-7),
        judged({ _tag: 'answered', answer: answer('chromium', 30) }, true, 3e-7),
        judged({ _tag: 'answered', answer: answer('firefox', 20) }),
      ],
      facts,
      [],
    )
    expect(report.ok).toBe(true)
    expect(report.models).toMatchObject([
      { browser: 'chromium 1.0', requests: 2, lost: 0, computeP50Ms: 10, computeP95Ms: 30, maxAbsDiff: 3e-7 },
      { browser: 'firefox 1.0', requests: 1, lost: 0, matches: true },
    ])
  })

  it('is not ok when an answer is wrong', () => {
    const report = reportOf(
      [judged({ _tag: 'answered', answer: answer('firefox', 1) }, false, 0.5)],
      facts,
      [],
    )
    expect(report).toMatchObject({ ok: false, models: [{ matches: false }] })
    expect(report.problems[0]).toMatch(/differs from the reference by 0.5/)
  })

  it.each<Outcome>([{ _tag: 'open' }, { _tag: 'failed', error: new Error('x') }])(
    'counts a request that ended as %o as lost, and is not ok',
    outcome => {
      const report = reportOf([judged(outcome)], facts, [])
      expect(report).toMatchObject({ ok: false, models: [{ lost: 1, browser: 'none' }] })
    },
  )

  it('is not ok when nothing was asked, nor when there was another problem', () => {
    expect(reportOf([], facts, []).ok).toBe(false)
    const fine = judged({ _tag: 'answered', answer: answer('chromium', 1) })
    expect(reportOf([fine], facts, ['no browser was killed']).ok).toBe(false)
  })

  it('says in words that the weights are seeded, what was lost, and whether all is well', () => {
    const text = textOf(reportOf([judged({ _tag: 'answered', answer: answer('chromium', 1) })], facts, []))
    expect(text).toMatch(/Seeded weights are random/)
    expect(text).toMatch(/restarts 1 · run again 2 · answering again after 900.0 ms · lost 0/)
    expect(text).toMatch(/^ok: /m)
  })
})
