import { describe, expect, it } from 'vitest'
import { overloadHtml } from '../../src/stress/overload/html.ts'
import { type OverloadFacts, overloadReport } from '../../src/stress/overload/OverloadReport.ts'
import { Tally } from '../../src/stress/overload/Tally.ts'
import { overloadText } from '../../src/stress/overload/text.ts'

const facts: OverloadFacts = {
  models: ['bert', 'vit'],
  calmMs: [10, 20],
  capacity: 10,
  times: 10,
  durationMs: 10_000,
  maxQueue: 20,
  held: 4,
  waitingAtEnd: 20,
  recoveryMs: 3000,
  memory: Array.from({ length: 11 }, (_, x) => ({ x, y: 50_000_000 + (x % 3) })),
  waiting: [
    { x: 0, y: 0 },
    { x: 5, y: 20 },
  ],
  deadlineMs: 30_000,
}

/** Of every ten requests one of each model is answered; those are the requests 0 and 1 of ten. */
function overloaded(answerMs = 1000, refusalMs = 0.1): Tally {
  const tally = new Tally(1000)
  for (let request = 0; request < 1000; request++) {
    tally.asked(request, request * 10)
    if (request % 10 > 1) tally.ended(request, 'refused', refusalMs)
    else {
      tally.delivered({ worker: 'w', number: request })
      tally.ended(request, 'answered', answerMs)
    }
  }
  return tally
}

describe('an overload over time', () => {
  it('is counted by when requests ended, and dots by when they were asked', () => {
    const tally = overloaded()
    // Two of ten are answered a second later; ten are asked in 0.1 s.
    expect(tally.paceOf(['answered'], 1000)).toEqual(
      Array.from({ length: 11 }, (_, at) => ({ x: at + 0.5, y: at === 0 ? 0 : 20 })),
    )
    expect(tally.latencies(['answered'], 1e6)).toHaveLength(200)
    expect(tally.latencies(['answered'], 50)[1]).toEqual({ x: 0.2, y: 1000 })
  })

  it('is one page with charts that hold it against what the pool can do', () => {
    const tally = overloaded()
    const page = overloadHtml(overloadReport(tally, facts), tally)
    for (const title of ['Answers each second', 'Refusals each second', 'Requests that wait', 'Memory'])
      expect(page).toContain(`class="title">${title}`)
    expect(page.match(/class="level"/g)).toHaveLength(2)
    expect(page).not.toMatch(/NaN|undefined/)
  })
})

describe('the report of an overload', () => {
  it('counts what was asked, and how each of it ended, by model', () => {
    const report = overloadReport(overloaded(), facts)
    expect(report).toMatchObject({
      asked: 1000,
      accepted: 200,
      answered: 200,
      refused: 800,
      lost: 0,
      doubled: 0,
      refusalP99Ms: 0.1,
      answeredPerSecond: 20,
      ok: true,
      problems: [],
    })
    // 100 answers of each in 10 s, so 24 before it take 2.4 s; no answer may take twice that.
    expect(report.rows).toMatchObject([
      { model: 'bert', calmMs: 10, answered: 100, greatestMs: 1000, boundMs: 4800 },
      { model: 'vit', calmMs: 20, answered: 100 },
    ])
    expect(overloadText(report)).toMatch(/ok: every rule held/)
  })

  const broken: readonly [rule: string, tally: () => Tally, over: Partial<OverloadFacts>, said: RegExp][] = [
    [
      'an answer took longer than a full queue takes',
      () => overloaded(5000),
      {},
      /more than its bound of 4800/,
    ],
    ['refusals are slow', () => overloaded(1000, 80), {}, /refusals took 80 ms/],
    ['it does not recover', overloaded, { recoveryMs: undefined }, /had not recovered 12\.4 s after/],
    ['it recovers late', overloaded, { recoveryMs: 13_000 }, /had not recovered/],
    [
      'memory grows',
      overloaded,
      { memory: Array.from({ length: 11 }, (_, x) => ({ x, y: 50e6 + x * 5e6 })) },
      /memory of this process grows/,
    ],
    [
      'a request never ended',
      () => tallyWith(tally => tally.asked(0, 0)),
      {},
      /1 accepted requests never ended/,
    ],
    ['an answer is wrong', () => tallyWith(tally => tally.ended(0, 'wrong', 5)), {}, /1 answers were wrong/],
    [
      'an answer came twice',
      () => tallyWith(tally => tally.delivered({ worker: 'w', number: 0 })),
      {},
      /1 answers were delivered twice/,
    ],
    [
      'a failure has no type',
      () => tallyWith(tally => tally.failedAs('TypeError: x is undefined')),
      {},
      /without a type: TypeError/,
    ],
    ['nothing was refused', () => new Tally(1), {}, /nothing was refused/],
  ]
  it.each(broken)('is not ok where %s', (_rule, tally, over, said) => {
    const report = overloadReport(tally(), { ...facts, ...over })
    expect(report.ok).toBe(false)
    expect(report.problems.join()).toMatch(said)
    expect(overloadText(report)).toMatch(/NOT OK/)
  })
})

function tallyWith(change: (tally: Tally) => void): Tally {
  const tally = overloaded()
  change(tally)
  return tally
}
