import { describe, expect, it } from 'vitest'
import { type RetirableConnection, retire } from '../../src/fleet/retire.ts'

const connection = (id: string, browser: string, running = 0, startedAt = 0): RetirableConnection => ({
  id,
  browser,
  running,
  startedAt,
  isSpare: false,
})

const spare: RetirableConnection = { ...connection('s', 's'), isSpare: true }

describe('retire', () => {
  const [a, b] = [connection('a', 'a', 1), connection('b', 'b')]
  const cases: readonly {
    rule: string
    connections: readonly RetirableConnection[]
    working?: number
    goes: string | undefined
  }[] = [
    {
      rule: 'takes a page of the browser that has most, before the last page of another',
      connections: [connection('a1', 'a', 3), connection('a2', 'a', 2), connection('b1', 'b', 0)],
      goes: 'a2',
    },
    { rule: 'takes the one with the least to do', connections: [a, b], goes: 'b' },
    {
      rule: 'takes of equals the youngest',
      connections: [connection('a', 'a', 0, 10), connection('b', 'b', 0, 20)],
      goes: 'b',
    },
    { rule: 'takes none where there is none', connections: [], goes: undefined },
    { rule: 'spares the spare, which has nothing to do', connections: [a, b, spare], goes: 'b' },
    { rule: 'takes the spare when one other is left', connections: [a, spare], goes: 's' },
    { rule: 'takes the spare when nothing else is there', connections: [spare], working: 0, goes: 's' },
    {
      rule: 'spares the spare while a second other is on its way',
      connections: [a, spare],
      working: 2,
      goes: 'a',
    },
    {
      rule: 'takes none while all others are on their way',
      connections: [spare],
      working: 2,
      goes: undefined,
    },
  ]
  it.each(cases)('$rule', ({ connections, working, goes }) => {
    const others = connections.filter(({ isSpare }) => !isSpare).length
    expect(retire(connections, working ?? others)?.id).toBe(goes)
  })
})
