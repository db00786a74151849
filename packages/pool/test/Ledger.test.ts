import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Interruption, Settlement } from '../src/admission/Entry.ts'
import { PoolClosed } from '../src/errors.ts'
import { Ledger } from '../src/Ledger.ts'

type TestLedger = Ledger<string, string>
const ledgerOf = (over: { capacity?: number; wake?: () => void } = {}): TestLedger =>
  new Ledger({
    capacity: over.capacity ?? 100,
    poisonAfter: 2,
    now: () => Date.now(),
    onWaiting: over.wake ?? (() => {}),
  })

function accept(
  ledger: TestLedger,
  over: { model?: string; priority?: number; deadlineMs?: number; signal?: AbortSignal } = {},
) {
  const ends: Settlement<string>[] = []
  const entry = ledger.accept({
    model: over.model ?? 'bert',
    input: 'x',
    priority: over.priority ?? 0,
    deadlineMs: over.deadlineMs ?? 1000,
    signal: over.signal,
    settle: settlement => ends.push(settlement),
  })
  if (entry instanceof Error) throw entry
  return { entry, ends }
}

const interrupted =
  (_tag: Interruption['_tag']) =>
  (lane: string): Interruption => ({ _tag, lane, cause: new Error(`${lane} said ${_tag}`) })
const died = interrupted('laneDied')
const failed = interrupted('failed')
const waitedBehind = interrupted('bystander')

const tagOf = (ends: readonly Settlement<string>[]) =>
  ends.map(end => (end._tag === 'failed' ? (end.error as { _tag: string })._tag : end._tag))

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

describe('Ledger', () => {
  it('offers the oldest request of each model, higher priority first', () => {
    const ledger = ledgerOf()
    accept(ledger, { model: 'bert' })
    const { entry: vit } = accept(ledger, { model: 'vit', priority: 1 })
    const { entry: urgent } = accept(ledger, { model: 'bert', priority: 2 })
    expect(ledger.heads()).toEqual([urgent, vit])
  })

  it('refuses one request more than may wait, with the time after which to try again', () => {
    const ledger = ledgerOf({ capacity: 1 })
    const { entry } = accept(ledger)
    expect(() => accept(ledger)).toThrowError(/maxQueue/)
    ledger.start(entry)
    expect(accept(ledger).entry.state._tag).toBe('waiting')
    expect(ledger.counts()).toMatchObject({ accepted: 2, refused: 1, running: 1, waiting: 1 })
  })

  describe('says when to try again where it refuses', () => {
    const full = 4
    const busy = () => {
      const ledger = ledgerOf({ capacity: full })
      const running: Entry<string, string>[] = []
      const fill = () => {
        while (ledger.counts().waiting < full) accept(ledger, { deadlineMs: 60_000 })
      }
      const start = (count = 1) => {
        for (const entry of ledger.heads().flatMap(({ model }) => ledger.waitingOf(model).slice(0, count))) {
          ledger.start(entry)
          running.push(entry)
        }
      }
      const answer = () => {
        for (const entry of running.splice(0)) ledger.answer(entry, 'ok')
      }
      const after = (): unknown => {
        fill()
        const refusal = ledger.accept({
          model: 'bert',
          input: 'x',
          priority: 0,
          deadlineMs: 1,
          settle: () => {},
        })
        return (refusal as { readonly retryAfterMs?: number }).retryAfterMs
      }
      return { ledger, fill, start, answer, after }
    }

    it('by the nearest deadline, before any has ended', () => {
      const { after } = busy()
      expect(after()).toBe(60_000)
      vi.advanceTimersByTime(59_999.5)
      expect(after()).toBe(1)
    })

    it('without a look at all that is open for each refusal', () => {
      const { ledger, start, answer, after } = busy()
      after()
      let looks = 0
      const open = ledger.waitingOf('bert')
      for (const entry of open) {
        const { deadlineAt } = entry
        const look = () => {
          looks++
          return deadlineAt
        }
        Object.defineProperty(entry, 'deadlineAt', { get: look })
      }
      for (let refused = 0; refused < 100; refused++) after()
      expect(looks).toBeLessThanOrEqual(100 + open.length)
      looks = 0
      for (let turn = 0; turn < 3; turn++) {
        start()
        vi.advanceTimersByTime(30)
        answer()
        for (let refused = 0; refused < 100; refused++) expect(after()).toBe(30)
      }
      expect(looks).toBeLessThanOrEqual(3 * open.length)
    })

    it('by the nearest deadline of those that are still open', () => {
      const { ledger, after } = busy()
      const [soon, later] = [5_000, 20_000].map(deadlineMs => accept(ledger, { deadlineMs }).entry)
      expect(after()).toBe(5_000)
      if (soon) ledger.fail(soon, new Error('not wanted'))
      expect(after()).toBe(20_000)
      if (later) ledger.fail(later, new Error('not wanted'))
      expect(after()).toBe(60_000)
    })

    it('by the time between ends while others wait, whatever time nothing waited', () => {
      const { ledger, fill, start, answer, after } = busy()
      for (let turn = 0; turn < 20; turn++) {
        fill()
        start()
        vi.advanceTimersByTime(30)
        answer()
      }
      expect(after()).toBe(30)
      while (ledger.counts().waiting > 0) {
        start()
        vi.advanceTimersByTime(30)
        answer()
      }
      for (let alone = 0; alone < 2; alone++) {
        vi.advanceTimersByTime(3_600_000)
        accept(ledger)
        start()
        vi.advanceTimersByTime(30)
        answer()
      }
      expect(after()).toBe(30)
    })

    it('by the time for each of a batch, whenever it is asked', () => {
      const { fill, start, answer, after } = busy()
      for (let turn = 0; turn < 20; turn++) {
        fill()
        start(4)
        fill()
        vi.advanceTimersByTime(80)
        answer()
        if (turn > 10) expect(after()).toBeGreaterThanOrEqual(18)
        if (turn > 10) expect(after()).toBeLessThanOrEqual(22)
      }
    })

    it('by the pace that there was before all that waited ended by its deadline', () => {
      const { fill, start, answer, after } = busy()
      for (let turn = 0; turn < 20; turn++) {
        fill()
        start()
        vi.advanceTimersByTime(30)
        answer()
      }
      vi.advanceTimersByTime(60_000)
      expect(after()).toBe(30)
    })

    it('never as at once, nor later than a deadline passes', () => {
      const { ledger, fill, start, answer, after } = busy()
      for (let turn = 0; turn < 20; turn++) {
        fill()
        start()
        answer()
      }
      expect(after()).toBe(1)
      for (let turn = 0; turn < 200; turn++) {
        fill()
        start()
        vi.advanceTimersByTime(1000)
        answer()
      }
      ledger.failAll(new Error('a pause'))
      accept(ledger, { deadlineMs: 70 })
      expect(after()).toBe(70)
    })
  })

  it('puts a request whose lane died at the front of its queue', () => {
    const wake = vi.fn()
    const ledger = ledgerOf({ wake })
    const { entry: first } = accept(ledger)
    accept(ledger)
    ledger.start(first)
    wake.mockClear()
    ledger.runAgain(first, died('lane-1'))
    expect(ledger.heads()).toEqual([first])
    expect(wake).toHaveBeenCalledOnce()
    expect(ledger.counts().rerun).toBe(1)
  })

  it('takes a request for poison after two lanes died under it', () => {
    const ledger = ledgerOf()
    const { entry, ends } = accept(ledger)
    for (const lane of ['lane-1', 'lane-2']) {
      ledger.start(entry)
      ledger.runAgain(entry, died(lane))
    }
    expect(tagOf(ends)).toEqual(['PoisonRequest'])
  })

  it('ends a request that living lanes could not finish with the last lane’s own error', () => {
    const ledger = ledgerOf()
    const { entry, ends } = accept(ledger)
    for (const lane of ['lane-1', 'lane-2']) {
      ledger.start(entry)
      ledger.runAgain(entry, failed(lane))
    }
    expect(ends).toMatchObject([{ _tag: 'failed', error: { message: 'lane-2 said failed' } }])
  })

  it('blames no request for lanes that died while it only waited on them, nor adds failures to deaths', () => {
    const ledger = ledgerOf()
    const { entry, ends } = accept(ledger)
    for (const next of [waitedBehind('a'), waitedBehind('b'), died('c'), failed('d'), waitedBehind('e')]) {
      ledger.start(entry)
      ledger.runAgain(entry, next)
    }
    expect(ends).toEqual([])
    expect(ledger.counts()).toMatchObject({ waiting: 1, rerun: 5 })
  })

  it('gives requests that come back together their old order', () => {
    const ledger = ledgerOf()
    const [{ entry: first }, { entry: second }] = [accept(ledger), accept(ledger)]
    ledger.start(first)
    ledger.start(second)
    ledger.runAgain(first, died('lane'))
    ledger.runAgain(second, waitedBehind('lane'))
    expect(ledger.heads()).toEqual([first])
  })

  it('says the deadline as it was given, whenever the request came', () => {
    // Of which the sum with a minute, less itself, is no minute.
    const now = () => 10_781.534731611808 + Date.now()
    const ledger: TestLedger = new Ledger({ capacity: 1, poisonAfter: 2, now, onWaiting: () => {} })
    const { ends } = accept(ledger, { deadlineMs: 60_000 })
    vi.advanceTimersByTime(60_001)
    expect(ends).toMatchObject([{ error: { deadlineMs: 60_000 } }])
  })

  it('ends a waiting request at its deadline', () => {
    const ledger = ledgerOf()
    const { ends } = accept(ledger, { deadlineMs: 50 })
    vi.advanceTimersByTime(49)
    expect(ends).toEqual([])
    vi.advanceTimersByTime(1)
    expect(tagOf(ends)).toEqual(['DeadlineExceeded'])
  })

  it('ends a running request at its deadline and tells its lane', () => {
    const ledger = ledgerOf()
    const { entry, ends } = accept(ledger, { deadlineMs: 50 })
    const signal = ledger.start(entry)
    vi.advanceTimersByTime(50)
    expect(tagOf(ends)).toEqual(['DeadlineExceeded'])
    expect(signal.aborted).toBe(true)
  })

  it('keeps the deadlines that come after the nearest one', () => {
    const ledger = ledgerOf()
    const late = accept(ledger, { deadlineMs: 90 })
    const early = accept(ledger, { deadlineMs: 30 })
    vi.advanceTimersByTime(30)
    expect([early.ends.length, late.ends.length]).toEqual([1, 0])
    vi.advanceTimersByTime(60)
    expect(late.ends.length).toBe(1)
  })

  it('ends a request whose caller aborts it, and one that was aborted before', () => {
    const ledger = ledgerOf()
    const controller = new AbortController()
    const { ends } = accept(ledger, { signal: controller.signal })
    controller.abort()
    expect(tagOf(ends)).toEqual(['RequestAborted'])
    expect(tagOf(accept(ledger, { signal: controller.signal }).ends)).toEqual(['RequestAborted'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits for a deadline that is further away than a timer can wait', () => {
    const ledger = ledgerOf()
    const { ends } = accept(ledger, { deadlineMs: 2 ** 32 })
    vi.advanceTimersByTime(2 ** 31)
    expect(ends).toEqual([])
    vi.advanceTimersByTime(2 ** 31)
    expect(tagOf(ends)).toEqual(['DeadlineExceeded'])
  })

  it('ends nothing twice: an answer after the deadline is dropped', () => {
    const ledger = ledgerOf()
    const { entry, ends } = accept(ledger, { deadlineMs: 10 })
    ledger.start(entry)
    vi.advanceTimersByTime(10)
    ledger.answer(entry, 'late')
    expect(tagOf(ends)).toEqual(['DeadlineExceeded'])
    expect(ledger.counts()).toMatchObject({ answered: 0, failed: 1 })
  })

  it('drains: accepts nothing more and resolves with the last end', async () => {
    const ledger = ledgerOf()
    const { entry } = accept(ledger)
    let drained = false
    const draining = ledger.drain(new PoolClosed({ message: 'closing' })).then(() => {
      drained = true
    })
    await Promise.resolve()
    expect(drained).toBe(false)
    expect(() => accept(ledger)).toThrowError('closing')
    ledger.start(entry)
    ledger.answer(entry, 'done')
    await draining
    expect(drained).toBe(true)
  })

  it('ends every accepted request exactly once, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('accept' as const), deadlineMs: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ do: fc.constant('start' as const) }),
      fc.record({ do: fc.constantFrom('answer' as const, 'fail' as const, 'die' as const), pick: fc.nat() }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const ledger = ledgerOf()
        const all: Settlement<string>[][] = []
        const seen: Entry<string, string>[] = []
        for (const action of steps) {
          if (action.do === 'accept') {
            const { entry, ends } = accept(ledger, { deadlineMs: action.deadlineMs })
            all.push(ends)
            seen.push(entry)
          } else if (action.do === 'wait') vi.advanceTimersByTime(action.ms)
          else if (action.do === 'start') {
            const head = ledger.heads()[0]
            if (head) ledger.start(head)
          } else {
            const entry = seen[action.pick % Math.max(1, seen.length)]
            if (!entry) continue
            if (action.do === 'answer') ledger.answer(entry, 'ok')
            if (action.do === 'fail') ledger.fail(entry, new Error('x'))
            if (action.do === 'die') ledger.runAgain(entry, died('lane'))
          }
          const { accepted, answered, failed, waiting, running } = ledger.counts()
          expect(answered + failed + waiting + running).toBe(accepted)
        }
        vi.advanceTimersByTime(1000)
        expect(all.map(ends => ends.length)).toEqual(all.map(() => 1))
      }),
    )
  })
})
