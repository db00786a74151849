// Which step is taken for a connection that does not become well, and when.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextRemedy, type Remedy, type RemedyRung } from '../../src/fleet/remedy.ts'
import type { Trouble } from '../../src/health/Trouble.ts'

const well: Trouble = {
  connection: 'a.1',
  openings: 0,
  modelOpenings: 0,
  degradedMs: 0,
  degradedRuns: 0,
  hasPeers: true,
}
const opens: Trouble = { ...well, openings: 2 }
const browserOf = (connection: string) =>
  connection.startsWith('device') ? undefined : connection.split('.')[0]
const step = (rung: RemedyRung, at: number, connection = 'a.1'): Remedy => ({
  at,
  connection,
  browser: browserOf(connection) ?? '',
  rung,
  why: 'unwell',
})
const now = 100_000

describe('a connection', () => {
  const cases: readonly {
    rule: string
    troubles: readonly Trouble[]
    taken?: readonly Remedy[]
    expected: { _tag: string; id: string } | undefined
  }[] = [
    { rule: 'is left alone while it is well', troubles: [well], expected: undefined },
    {
      rule: 'is left to its breaker the first time that opens',
      troubles: [{ ...well, openings: 1 }],
      expected: undefined,
    },
    {
      rule: 'has its page loaded again when its breaker opened twice with no close between',
      troubles: [opens],
      expected: { _tag: 'connection', id: 'a.1' },
    },
    {
      rule: 'has its page loaded again when it has been degraded for long, and runs have shown it',
      troubles: [{ ...well, degradedMs: 30_000, degradedRuns: 3 }],
      expected: { _tag: 'connection', id: 'a.1' },
    },
    {
      rule: 'is borne while no run has shown that it is still degraded',
      troubles: [{ ...well, degradedMs: 90_000, degradedRuns: 2 }],
      expected: undefined,
    },
    {
      rule: 'is borne for longer where it is alone: the machine may be busy',
      troubles: [{ ...well, degradedMs: 90_000, degradedRuns: 9, hasPeers: false }],
      expected: undefined,
    },
    {
      rule: 'has its browser started again when a new page did not help: one opening is enough then',
      troubles: [{ ...well, openings: 1 }],
      taken: [step('reload', now - 10_000)],
      expected: { _tag: 'browser', id: 'a' },
    },
    {
      rule: 'gets another browser when that did not help',
      troubles: [{ ...well, openings: 1 }],
      taken: [step('reload', now - 60_000), step('browser', now - 20_000)],
      expected: { _tag: 'replacement', id: 'a' },
    },
    {
      rule: 'gets another browser where the browser was started again for its neighbour',
      troubles: [{ ...opens, connection: 'a.2' }],
      taken: [step('reload', now - 60_000), step('browser', now - 20_000)],
      expected: { _tag: 'replacement', id: 'a' },
    },
    {
      rule: 'rests ten seconds after the first step',
      troubles: [opens],
      taken: [step('reload', now - 9_999)],
      expected: undefined,
    },
    {
      rule: 'rests twice as long after the second',
      troubles: [opens],
      taken: [step('reload', now - 60_000), step('browser', now - 19_999)],
      expected: undefined,
    },
    {
      rule: 'begins with the least step again after ten minutes',
      troubles: [opens],
      taken: [step('reload', now - 600_001), step('browser', now - 600_000)],
      expected: { _tag: 'connection', id: 'a.1' },
    },
    {
      rule: 'gets no more than another page for one model on it',
      troubles: [{ ...well, modelOpenings: 2 }],
      taken: [step('reload', now - 60_000)],
      expected: { _tag: 'connection', id: 'a.1' },
    },
    {
      rule: 'gets another page where it gave up loading a model that others of its kind hold',
      troubles: [{ ...well, refused: 'bert' }],
      expected: { _tag: 'connection', id: 'a.1' },
    },
    {
      rule: 'gets it once: a model that a fresh page cannot load either is no fault of the page',
      troubles: [{ ...well, refused: 'bert' }],
      taken: [step('reload', now - 300_000)],
      expected: undefined,
    },
    {
      rule: 'is not replaced soon after another was',
      troubles: [{ ...opens, connection: 'b.1' }],
      taken: [
        step('reload', now - 80_000, 'b.1'),
        step('browser', now - 60_000, 'b.1'),
        step('replacement', now - 9_999),
      ],
      expected: undefined,
    },
    {
      rule: 'is left to its owner where it is a device that joined',
      troubles: [{ ...opens, connection: 'device-1' }],
      expected: undefined,
    },
    {
      rule: 'does not wait for another one’s rest',
      troubles: [opens, { ...opens, connection: 'b.1' }],
      taken: [step('reload', now - 1)],
      expected: { _tag: 'connection', id: 'b.1' },
    },
  ]
  it.each(cases)('$rule', ({ troubles, taken = [], expected }) => {
    const remedy = nextRemedy(troubles, browserOf, taken, now)
    if (expected === undefined) expect(remedy).toBeUndefined()
    else expect(remedy).toMatchObject({ ...expected, why: 'unwell' })
  })

  it('is never helped more often than the rests allow, however troubled', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 200 }), gaps => {
        let at = 0
        const taken: Remedy[] = []
        for (const gap of gaps) {
          at += gap
          const remedy = nextRemedy([opens], browserOf, taken, at)
          if (remedy === undefined) continue
          const rung = remedy._tag === 'connection' ? 'reload' : remedy._tag
          taken.push({ at, connection: 'a.1', browser: 'a', rung, why: '' })
        }
        // 10, 20, 40, 80, 160, 300 s of rest: in ten minutes there is no room for more.
        for (const { at: from } of taken)
          expect(taken.filter(other => other.at >= from && other.at < from + 600_000).length).toBeLessThan(8)
      }),
    )
  })
})
