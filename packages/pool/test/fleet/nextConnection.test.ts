import { describe, expect, it } from 'vitest'
import { type NextConnection, nextConnection, type RunningBrowser } from '../../src/fleet/nextConnection.ts'

const kinds = ['chromium', 'firefox']
const chromium = (id: string, pages = 1): RunningBrowser => ({ id, kind: 'chromium', pages, isSpare: false })
const firefox = (id: string, pages = 1): RunningBrowser => ({ ...chromium(id, pages), kind: 'firefox' })
const spare = (id: string): RunningBrowser => ({ ...chromium(id), isSpare: true })
const browser = (kind: string, isSpare = false): NextConnection => ({ _tag: 'browser', kind, isSpare })

describe('nextConnection', () => {
  const cases: readonly {
    rule: string
    running: readonly RunningBrowser[]
    kinds?: readonly string[]
    pagesPerBrowser?: number
    next: NextConnection
  }[] = [
    { rule: 'starts the first browser of the kind preferred', running: [], next: browser('chromium') },
    {
      rule: 'puts the second connection into a browser of another kind',
      running: [chromium('a')],
      next: browser('firefox'),
    },
    {
      rule: 'puts the second connection into a second browser even where there is only one kind',
      running: [chromium('a')],
      kinds: ['chromium'],
      next: browser('chromium'),
    },
    {
      rule: 'adds pages from the third on, in the browser with the fewest',
      running: [chromium('a', 2), firefox('b')],
      next: { _tag: 'page', browser: 'b' },
    },
    {
      rule: 'starts another browser once every one is full',
      running: [chromium('a'), firefox('b')],
      pagesPerBrowser: 1,
      next: browser('chromium'),
    },
  ]
  it.each(cases)('$rule', ({ running, next, ...given }) => {
    expect(nextConnection(running, given.kinds ?? kinds, given.pagesPerBrowser ?? 4)).toEqual(next)
  })

  it('says so where nothing can be launched', () => {
    expect(nextConnection([], [], 4)._tag).toBe('none')
  })
})

describe('nextConnection with a warm spare', () => {
  const cases: readonly {
    rule: string
    running: readonly RunningBrowser[]
    kinds?: readonly string[]
    next: NextConnection
  }[] = [
    { rule: 'starts one that works before the spare', running: [], next: browser('chromium') },
    {
      rule: 'starts the spare second, in a browser of its own, of the kind that works',
      running: [firefox('a')],
      next: browser('firefox', true),
    },
    {
      rule: 'takes another kind for the spare where that kind cannot be had again',
      running: [firefox('a')],
      kinds: ['chromium'],
      next: browser('chromium', true),
    },
    {
      rule: 'spreads those that work over browsers as if the spare were not there',
      running: [chromium('a'), spare('s')],
      next: browser('firefox'),
    },
    {
      rule: 'puts no page beside the spare, which has fewest',
      running: [chromium('a', 2), firefox('b', 2), spare('s')],
      next: { _tag: 'page', browser: 'a' },
    },
    {
      rule: 'makes a new spare where it is gone for good',
      running: [chromium('a'), firefox('b')],
      next: browser('chromium', true),
    },
    {
      rule: 'starts one that works where only the spare is left',
      running: [spare('s')],
      next: browser('chromium'),
    },
    {
      rule: 'adds a page that works where no other browser can be had for a spare',
      running: [chromium('a')],
      kinds: [],
      next: { _tag: 'page', browser: 'a' },
    },
  ]
  it.each(cases)('$rule', ({ running, next, ...given }) => {
    expect(nextConnection(running, given.kinds ?? kinds, 4, true)).toEqual(next)
  })
})
