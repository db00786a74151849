import type { Placement } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import { pageCounts } from '../../src/stress/pageCounts.ts'
import type { StressOutcome, StressRequest } from '../../src/stress/StressRecord.ts'

const placement = (worker: string, number: number, lane = worker): Placement => ({
  connection: 'c',
  lane,
  browserId: 'chromium-1',
  browser: 'chromium',
  browserVersion: '156',
  backend: 'wasm',
  adapter: 'none',
  threads: 1,
  trust: 'own',
  reason: '',
  answer: { worker, number },
})
const answered = (worker: string, number: number): StressOutcome => ({
  _tag: 'answered',
  latencyMs: 1,
  placement: placement(worker, number),
  wrong: undefined,
})
const failed: StressOutcome = { _tag: 'failed', error: 'LaneHung', latencyMs: 1, deadlineMs: 1 }
const requests = (...outcomes: readonly StressOutcome[]): readonly StressRequest[] =>
  outcomes.map((outcome, at) => ({ model: 'bert', at, outcome }))
const quiet = { rerun: 0, last: { answers: [], failed: 0, silent: 0 } }
const last = (...answers: readonly Placement[]) => ({ answers, failed: 0, silent: 0 })

describe('the answers that pages number', () => {
  it('all came to a caller where the last number of each page is as many as came from it', () => {
    const record = requests(answered('a', 1), answered('a', 2), answered('b', 1))
    const counts = pageCounts(record, { rerun: 0, last: last(placement('a', 3), placement('b', 2)) })
    expect(counts).toMatchObject({ made: 5, delivered: 5, undelivered: 0, excused: 0, doubled: 0, asked: 2 })
  })

  it('show one that the pool lost at the very end by the number of a question that is asked after it', () => {
    const record = requests(answered('a', 1), answered('a', 2))
    // 3 was made and never came.
    const counts = pageCounts(record, { rerun: 0, last: last(placement('a', 4)) })
    expect(counts).toMatchObject({ made: 4, delivered: 3, undelivered: 1, excused: 0 })
  })

  it('show one that came to nobody on the way by the gap', () => {
    expect(pageCounts(requests(answered('a', 1), answered('a', 3)), quiet)).toMatchObject({ undelivered: 1 })
  })

  it('may lack as many as requests ran again or failed: a page may have answered those in vain', () => {
    const counts = pageCounts(requests(answered('a', 4), failed), { ...quiet, rerun: 2 })
    expect(counts).toMatchObject({ made: 4, delivered: 1, undelivered: 3, excused: 3 })
  })

  it('show an answer that two requests were given', () => {
    const counts = pageCounts(requests(answered('a', 1), answered('a', 1)), quiet)
    expect(counts).toMatchObject({ made: 1, delivered: 1, doubled: 1 })
  })

  it('know of a worker that was not asked at the end, since it had gone, only what came from it', () => {
    const counts = pageCounts(requests(answered('gone', 7), answered('a', 1)), {
      rerun: 9,
      last: { ...last(placement('a', 2)), silent: 1 },
    })
    expect(counts).toMatchObject({ asked: 1, gone: 1, silent: 1 })
  })
})
