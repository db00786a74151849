import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Release, release, type Waiting } from '../../src/batching/release.ts'

const policy = { maxSize: 4, maxDelayMs: 10, maxTokens: 100 }
const one: Waiting = { rows: 1, tokens: 10, ageMs: 0, leftMs: 1e6 }

const cases: readonly [
  title: string,
  waiting: readonly Waiting[],
  policy: typeof policy,
  expected: Release,
][] = [
  ['waits for others as long as the delay allows', [one], policy, { _tag: 'wait', ms: 10 }],
  ['counts the delay from the oldest', [{ ...one, ageMs: 7 }, one], policy, { _tag: 'wait', ms: 3 }],
  [
    'leaves when the oldest has waited for the delay',
    [{ ...one, ageMs: 10 }, one],
    policy,
    { _tag: 'leave', count: 2, reason: 'delay' },
  ],
  [
    'leaves at once with what there is where no delay is allowed',
    [one, one],
    { ...policy, maxDelayMs: 0 },
    { _tag: 'leave', count: 2, reason: 'laneFree' },
  ],
  [
    'leaves when it is as large as it may be',
    [one, one, one, one, one],
    policy,
    { _tag: 'leave', count: 4, reason: 'size' },
  ],
  [
    'leaves before a request whose rows would make it too large',
    [one, one, { ...one, rows: 3 }],
    policy,
    { _tag: 'leave', count: 2, reason: 'size' },
  ],
  [
    'sends one alone that is too large by itself',
    [{ ...one, rows: 9 }, one],
    policy,
    { _tag: 'leave', count: 1, reason: 'size' },
  ],
  [
    'counts padding: every row is as wide as the widest',
    [one, one, { ...one, tokens: 40 }],
    policy,
    { _tag: 'leave', count: 2, reason: 'tokens' },
  ],
  [
    'does not wait for longer than half of what the first deadline leaves',
    [one, { ...one, leftMs: 19 }],
    policy,
    { _tag: 'leave', count: 2, reason: 'deadline' },
  ],
]

describe('a batch', () => {
  it.each(cases)('%s', (_title, waiting, policy, expected) => {
    expect(release(waiting, policy)).toEqual(expected)
  })

  it('is never over its size or its tokens unless it is one request, and never empty', () => {
    const request = fc.record({
      rows: fc.integer({ min: 1, max: 6 }),
      tokens: fc.integer({ min: 1, max: 60 }),
      ageMs: fc.nat(20),
      leftMs: fc.nat(100),
    })
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), waiting => {
        const decided = release(waiting, policy)
        if (decided._tag === 'wait') {
          expect(decided.ms).toBeGreaterThan(0)
          return
        }
        const taken = waiting.slice(0, decided.count)
        expect(taken.length).toBeGreaterThan(0)
        if (taken.length === 1) return
        const rows = taken.reduce((sum, { rows }) => sum + rows, 0)
        expect(rows).toBeLessThanOrEqual(policy.maxSize)
        expect(rows * Math.max(...taken.map(({ tokens }) => tokens))).toBeLessThanOrEqual(policy.maxTokens)
      }),
    )
  })
})
