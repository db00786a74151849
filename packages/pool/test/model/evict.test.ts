import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  firstToGo,
  type MemoryCeilings,
  type Need,
  type Occupant,
  type Room,
  roomFor,
} from '../../src/model/evict.ts'

const now = 1000
const wide: MemoryCeilings = {
  perPage: 100,
  total: Number.POSITIVE_INFINITY,
  machineFree: undefined,
}
const on = (page: string, model: string, bytes: number, over: Partial<Occupant> = {}): Occupant => ({
  model,
  page,
  bytes,
  state: 'here',
  uses: 0,
  lastUsedAt: 0,
  stayUntil: 0,
  ...over,
})
const busyUntil = (stayUntil: number) => ({ uses: 1, stayUntil })

const namesOf = (occupants: readonly Occupant[]): string => occupants.map(({ model }) => model).join(' ')

const told = (room: Room): string => {
  switch (room._tag) {
    case 'evict':
      return [
        `evict ${namesOf(room.victims)}`,
        ...(room.leaving.length === 0 ? [] : [`after ${namesOf(room.leaving)}`]),
      ].join(' ')
    case 'wait':
      return room.until === undefined ? 'wait' : `wait until ${room.until}`
    case 'never':
      return `never: ${room.ceiling}, ${room.freeBytes}`
    case 'free':
      return 'free'
  }
}

describe('room for a model of 40 on page p', () => {
  const cases: readonly {
    readonly rule: string
    readonly there: readonly Occupant[]
    readonly ceilings?: Partial<MemoryCeilings>
    readonly urgency?: Need['urgency']
    readonly pageLimit?: number
    readonly is: string
  }[] = [
    { rule: 'is free on an empty page', there: [], is: 'free' },
    { rule: 'is free up to the very byte', there: [on('p', 'a', 60)], is: 'free' },
    { rule: 'does not count what is on other pages', there: [on('q', 'a', 90)], is: 'free' },
    {
      rule: 'is made by the least recently used',
      there: [on('p', 'new', 50, { lastUsedAt: 9 }), on('p', 'old', 50, { lastUsedAt: 1 })],
      is: 'evict old',
    },
    {
      rule: 'is made by one that nobody uses, however lately it was used',
      there: [
        on('p', 'busy', 50, { ...busyUntil(0), lastUsedAt: 1 }),
        on('p', 'idle', 50, { lastUsedAt: 9 }),
      ],
      is: 'evict idle',
    },
    {
      rule: 'is made by several, and spares the small one that does not help enough',
      there: [
        on('p', 'small', 10, { lastUsedAt: 1 }),
        on('p', 'large', 45, { lastUsedAt: 2 }),
        on('p', 'last', 45, { lastUsedAt: 3 }),
      ],
      is: 'evict large',
    },
    {
      rule: 'is not made by one in use whose turn is not over',
      there: [on('p', 'a', 90, busyUntil(1500))],
      is: 'wait until 1500',
    },
    {
      rule: 'is made by one in use whose turn is over',
      there: [on('p', 'a', 90, busyUntil(999))],
      is: 'evict a',
    },
    {
      rule: 'drives nobody away where it is only spare',
      there: [on('p', 'a', 90)],
      urgency: 'spare',
      is: 'wait',
    },
    {
      rule: 'waits for one that is leaving, rather than send another',
      there: [on('p', 'gone', 40, { state: 'leaving' }), on('p', 'b', 50)],
      is: 'wait',
    },
    {
      rule: 'is made by another beside one that is leaving, and is there when both have left',
      there: [
        on('p', 'gone', 20, { state: 'leaving' }),
        on('p', 'b', 30),
        on('p', 'busy', 50, busyUntil(1500)),
        on('q', 'far', 9, { state: 'leaving' }),
      ],
      is: 'evict b after gone',
    },
    {
      rule: 'is made on another page for the machine, when one that is leaving this page has left',
      there: [
        on('p', 'gone', 90, { state: 'leaving' }),
        on('q', 'c', 95, { state: 'coming' }),
        on('r', 'b', 95),
      ],
      ceilings: { machineFree: 0 },
      is: 'evict b after gone',
    },
    {
      rule: 'does not wait for one that is leaving where the others are enough',
      there: [on('p', 'gone', 1, { state: 'leaving' }), on('p', 'b', 90)],
      is: 'evict b',
    },
    {
      rule: 'waits for one that is coming, whose load is under way',
      there: [on('p', 'a', 90, { state: 'coming' })],
      is: 'wait',
    },
    {
      rule: 'waits for its own copy to have left, though there is room',
      there: [on('p', 'm', 1, { state: 'leaving' })],
      is: 'wait',
    },
    {
      rule: 'is made on other pages where the pool’s ceiling is reached',
      there: [on('q', 'a', 50), on('q', 'b', 50, { lastUsedAt: 1 })],
      ceilings: { total: 110 },
      is: 'evict a',
    },
    {
      rule: 'is made for page and pool at once by those that help both',
      there: [on('q', 'far', 50), on('p', 'near', 80, { lastUsedAt: 1 })],
      ceilings: { total: 130 },
      is: 'evict near',
    },
    {
      rule: 'is made by the unused where the machine has not enough left',
      there: [on('q', 'a', 50)],
      ceilings: { machineFree: 10 },
      is: 'evict a',
    },
    {
      rule: 'counts what is promised already against what the machine has left',
      there: [on('q', 'a', 50, { state: 'coming' })],
      ceilings: { machineFree: 80 },
      is: 'wait',
    },
    {
      rule: 'is never on a page that is smaller',
      there: [],
      ceilings: { perPage: 39 },
      is: 'never: page, 39',
    },
    {
      rule: 'is never in a pool that is smaller',
      there: [],
      ceilings: { total: 39 },
      is: 'never: total, 39',
    },
    {
      rule: 'is never on a device that has less, though other pages have more',
      there: [],
      pageLimit: 30,
      is: 'never: page, 30',
    },
    {
      rule: 'is never where even without all others the machine has too little',
      there: [on('q', 'a', 20)],
      ceilings: { machineFree: 10 },
      is: 'never: machine, 30',
    },
  ]
  it.each(cases)('$rule', ({ there, ceilings, urgency = 'needed', pageLimit, is }) => {
    const need: Need = { model: 'm', page: 'p', bytes: 40, urgency, ...(pageLimit && { pageLimit }) }
    expect(told(roomFor(need, there, { ...wide, ...ceilings }, now))).toBe(is)
  })
})

describe('under memory pressure', () => {
  it('goes the least recently used that is unused for long enough, and none that is in use', () => {
    const there = [
      on('p', 'busy', 1, { uses: 1, lastUsedAt: 1 }),
      on('p', 'old', 1, { lastUsedAt: 2 }),
      on('p', 'older', 1, { lastUsedAt: 1 }),
      on('p', 'gone', 1, { state: 'leaving' }),
    ]
    expect(firstToGo(there, 10)?.model).toBe('older')
    expect(firstToGo(there, 0)).toBeUndefined()
  })
})

const occupant = fc.record({
  page: fc.constantFrom('p', 'q'),
  bytes: fc.integer({ min: 1, max: 60 }),
  state: fc.constantFrom('coming' as const, 'here' as const, 'here' as const, 'leaving' as const),
  uses: fc.integer({ min: 0, max: 1 }),
  lastUsedAt: fc.integer({ min: 0, max: 50 }),
  stayUntil: fc.integer({ min: 900, max: 1100 }),
})
const crowd = fc
  .array(occupant, { maxLength: 8 })
  .map(all => all.map((one, at) => ({ ...one, model: `m${at}` })))
const ceilingsOf = fc.record({
  perPage: fc.integer({ min: 1, max: 150 }),
  total: fc.integer({ min: 1, max: 300 }),
  machineFree: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
})
const sum = (all: readonly Occupant[]) => all.reduce((bytes, one) => bytes + one.bytes, 0)

describe('room, whatever is there', () => {
  const need: Need = { model: 'm', page: 'p', bytes: 30, urgency: 'needed' }

  it('is free only within every ceiling', () => {
    fc.assert(
      fc.property(crowd, ceilingsOf, (there, ceilings) => {
        if (roomFor(need, there, ceilings, now)._tag !== 'free') return
        expect(sum(there.filter(({ page }) => page === 'p')) + 30).toBeLessThanOrEqual(ceilings.perPage)
        expect(sum(there) + 30).toBeLessThanOrEqual(ceilings.total)
      }),
    )
  })

  it('is made by none that is loading, or in use within its turn; and once made, with what leaves anyway, it is enough', () => {
    fc.assert(
      fc.property(crowd, ceilingsOf, (there, ceilings) => {
        const room = roomFor(need, there, ceilings, now)
        if (room._tag !== 'evict') return
        for (const { state, uses, stayUntil } of room.victims) {
          expect(state).toBe('here')
          expect(uses === 0 || stayUntil <= now).toBe(true)
        }
        const left = there.filter(one => one.state !== 'leaving' && !room.victims.includes(one))
        const gone = sum(there) - sum(left)
        const machineFree = ceilings.machineFree === undefined ? undefined : ceilings.machineFree + gone
        expect(roomFor(need, left, { ...ceilings, machineFree }, now)._tag).toBe('free')
      }),
    )
  })

  it('is made by no more than it takes', () => {
    fc.assert(
      fc.property(crowd, ceilingsOf, (there, ceilings) => {
        const room = roomFor(need, there, ceilings, now)
        if (room._tag !== 'evict') return
        for (const spared of room.victims) {
          const leaving = there.map(one =>
            one !== spared && room.victims.includes(one) ? { ...one, state: 'leaving' as const } : one,
          )
          // Were it not needed, the others' leaving would be waited for.
          expect(roomFor(need, leaving, ceilings, now)._tag).toBe('evict')
        }
      }),
    )
  })
})
