import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ExitReason, failure, killed, normal, shutdown } from '../src/ExitReason.ts'
import { endsSupervisor, type RestartType, restartGroup, shouldRestart } from '../src/Strategy.ts'

describe('a child that ended', () => {
  const ends: readonly (readonly [string, ExitReason])[] = [
    ['normally', normal],
    ['by shutdown', shutdown],
    ['by shutdown with a cause', { _tag: 'Shutdown', cause: 'any' }],
    ['by a failure', failure(new Error('x'))],
    ['by a kill', killed],
  ]
  const restarted: Record<RestartType, readonly boolean[]> = {
    permanent: [true, true, true, true, true],
    transient: [false, false, false, true, true],
    temporary: [false, false, false, false, false],
  }
  const cases = (['permanent', 'transient', 'temporary'] as const).flatMap(type =>
    ends.map(
      ([how, reason], at) => [type, how, restarted[type][at] === true ? 'is' : 'is not', reason] as const,
    ),
  )
  test.each(cases)('%s, %s, %s restarted', (type, _how, verdict, reason) => {
    expect(shouldRestart(type, reason)).toBe(verdict === 'is')
  })
})

describe('with the one that died', () => {
  const ids = () => ['a', 'b', 'c', 'd']
  test.each([
    ['one_for_one', 'b', ['b']],
    ['one_for_all', 'b', ['a', 'b', 'c', 'd']],
    ['rest_for_one', 'b', ['b', 'c', 'd']],
    ['rest_for_one', 'a', ['a', 'b', 'c', 'd']],
    ['rest_for_one', 'd', ['d']],
  ] as const)('%s restarts, when %s dies, %j', (strategy, dead, group) => {
    expect(restartGroup(strategy, ids, dead)).toEqual(group)
  })

  test('every strategy restarts the dead one, each once, and in start order', () => {
    const distinct = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 10 })
    const strategy = fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one' as const)
    fc.assert(
      fc.property(distinct, strategy, fc.nat(), (all, name, pick) => {
        const dead = all[pick % all.length] ?? ''
        const group = restartGroup(name as 'one_for_one', () => all, dead)
        expect(group).toContain(dead)
        expect(group).toEqual(all.filter(id => group.includes(id)))
      }),
    )
  })
})

test.each([
  ['never', false, false],
  ['never', true, false],
  ['any_significant', false, true],
  ['any_significant', true, true],
  ['all_significant', false, true],
  ['all_significant', true, false],
] as const)('auto-shutdown %s, with significant children left (%s): %s', (kind, left, ends) => {
  expect(endsSupervisor(kind, left)).toBe(ends)
})
