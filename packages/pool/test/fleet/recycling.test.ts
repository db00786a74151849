// Which connection or browser has been used long enough.
import { describe, expect, it } from 'vitest'
import { nextToRecycle, type RecycleRules, recycleFault } from '../../src/fleet/recycling.ts'

const young = { id: 'young', ageMs: 1_000, runs: 5 }
const old = { id: 'old', ageMs: 60_000, runs: 5 }
const busy = { id: 'busy', ageMs: 1_000, runs: 500 }
const light = { id: 'light', bytes: 1e8 }
const heavy = { id: 'heavy', bytes: 9e8 }

describe('Nothing is recycled', () => {
  it.each<[string, RecycleRules]>([
    ['without rules', {}],
    ['below every limit', { afterMs: 60_001, afterRuns: 501, aboveBytes: 9e8 }],
  ])('%s', (_what, rules) => {
    expect(nextToRecycle([young, old, busy], [light, heavy], rules)).toBeUndefined()
  })

  it('that has answered nothing yet: it may still be loading, however short the limit', () => {
    expect(nextToRecycle([{ id: 'new', ageMs: 60_000, runs: 0 }], [], { afterMs: 1_000 })).toBeUndefined()
  })

  it('where there is nothing, or nothing is known', () => {
    expect(nextToRecycle([], [], { afterMs: 1, afterRuns: 1, aboveBytes: 1 })).toBeUndefined()
    expect(nextToRecycle([], [{ id: 'far', bytes: undefined }], { aboveBytes: 1 })).toBeUndefined()
  })
})

describe('Recycled is', () => {
  it.each<[string, RecycleRules, object]>([
    ['by age, who is old enough', { afterMs: 60_000 }, { _tag: 'connection', id: 'old', why: 'age' }],
    ['by runs, who has had enough', { afterRuns: 500 }, { _tag: 'connection', id: 'busy', why: 'runs' }],
    [
      'of two, who is further over its limit',
      { afterMs: 50_000, afterRuns: 100 },
      { _tag: 'connection', id: 'busy', why: 'runs' },
    ],
    ['by memory, the heaviest', { aboveBytes: 5e7 }, { _tag: 'browser', id: 'heavy', why: 'memory' }],
    ['memory first', { aboveBytes: 5e8, afterMs: 1 }, { _tag: 'browser', id: 'heavy', why: 'memory' }],
  ])('%s', (_what, rules, expected) => {
    expect(nextToRecycle([young, old, busy], [light, heavy], rules)).toEqual(expected)
  })
})

it('rules that cannot be meant are refused', () => {
  expect(recycleFault({ afterMs: 1, afterRuns: 1, aboveBytes: 1 })).toBeUndefined()
  expect(recycleFault({ afterRuns: 0 })).toContain('afterRuns')
  expect(recycleFault({ aboveBytes: Number.NaN })).toContain('aboveBytes')
})
