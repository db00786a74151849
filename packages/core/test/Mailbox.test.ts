import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MailboxOptions, Overflow } from '../src/Behavior.ts'
import { Mailbox } from '../src/Mailbox.ts'

interface Item {
  readonly id: number
}

const item = (id: number): Item => ({ id })
const filled = (options: MailboxOptions, count: number): Mailbox<Item> => {
  const mailbox = new Mailbox<Item>(options)
  for (let id = 0; id < count; id++) mailbox.put(item(id))
  return mailbox
}
const ids = (items: readonly (Item | undefined)[]) => items.map(each => each?.id)

describe('a full mailbox', () => {
  const full = (overflow: Overflow) => filled({ capacity: 2, overflow }, 2)

  test('that drops the oldest lets the newest in and gives back the oldest', () => {
    const mailbox = full('dropOldest')
    expect(mailbox.put(item(2))).toEqual(item(0))
    expect(ids([mailbox.take(), mailbox.take(), mailbox.take()])).toEqual([1, 2, undefined])
  })

  test('that drops the oldest gives back the newest where the place is held for the one in process', () => {
    const mailbox = filled({ capacity: 1, overflow: 'dropOldest' }, 1)
    mailbox.take()
    mailbox.holdPlace()
    expect(mailbox.put(item(1))).toEqual(item(1))
    expect(mailbox.depth).toBe(1)
  })

  test.each(['dropNewest', 'fail', 'backPressure'] as const)('with %s gives back what was put', overflow => {
    const mailbox = full(overflow)
    expect(mailbox.put(item(2))).toEqual(item(2))
    expect(ids([mailbox.take(), mailbox.take(), mailbox.take()])).toEqual([0, 1, undefined])
  })

  test('always takes system messages, and gives them first', () => {
    const mailbox = full('fail')
    mailbox.putSystem(item(100))
    mailbox.putSystem(item(101))
    expect(ids([mailbox.take(), mailbox.take(), mailbox.take()])).toEqual([100, 101, 0])
  })

  test('admits who waits outside, in turn, before any newcomer', () => {
    const mailbox = full('backPressure')
    const admitted: number[] = []
    mailbox.park(item(2), () => admitted.push(2))
    mailbox.park(item(3), () => admitted.push(3))
    mailbox.take()
    expect(mailbox.put(item(9))).toEqual(item(9))
    expect(mailbox.take()).toEqual(item(1))
    expect(admitted).toEqual([2])
    expect(ids([mailbox.take(), mailbox.take()])).toEqual([2, 3])
    expect(admitted).toEqual([2, 3])
  })

  test('forgets who gave up waiting', () => {
    const mailbox = full('backPressure')
    const leave = mailbox.park(item(2), () => expect.unreachable())
    leave()
    expect(ids(mailbox.drain())).toEqual([0, 1])
  })

  test('turns away who waits outside when it is drained', () => {
    const mailbox = full('backPressure')
    const outcomes: boolean[] = []
    mailbox.park(item(2), admitted => outcomes.push(admitted))
    expect(ids(mailbox.drain())).toEqual([0, 1])
    expect(outcomes).toEqual([false])
  })
})

test('a message set aside keeps its place in the bound and comes back before the rest, in order', () => {
  const mailbox = filled({ capacity: 3, overflow: 'fail' }, 3)
  for (let left = 2; left > 0; left--) {
    const taken = mailbox.take()
    if (taken !== undefined) mailbox.setAside(taken)
  }
  expect(mailbox.depth).toBe(3)
  expect(mailbox.put(item(3))).toEqual(item(3))
  mailbox.readmit()
  expect(ids(mailbox.drain())).toEqual([0, 1, 2])
})

type Step = 'put' | 'take' | 'setAside' | 'readmit' | 'system' | 'park'
const steps = fc.array(
  fc.constantFrom<Step>('put', 'put', 'put', 'take', 'take', 'setAside', 'readmit', 'system', 'park'),
  { maxLength: 200 },
)
const options = fc.record({
  capacity: fc.integer({ min: 1, max: 8 }),
  overflow: fc.constantFrom<Overflow>('backPressure', 'dropOldest', 'dropNewest', 'fail'),
})

test('whatever happens, nothing is lost or doubled, the bound holds, and order is kept', () => {
  fc.assert(
    fc.property(options, steps, (given, script) => {
      const mailbox = new Mailbox<Item>(given)
      let next = 0
      const sent = new Set<number>()
      const out: number[] = []
      const delivered: number[] = []
      for (const step of script) {
        const id = next++
        if (step === 'take' || step === 'setAside') {
          const taken = mailbox.take()
          if (taken === undefined) continue
          if (step === 'take' || taken.id < 0) delivered.push(taken.id)
          else mailbox.setAside(taken)
        } else if (step === 'readmit') mailbox.readmit()
        else if (step === 'system') {
          sent.add(-1 - id)
          mailbox.putSystem(item(-1 - id))
        } else if (step === 'park') {
          // Who drops, lets nobody wait outside.
          if (!mailbox.isFull || given.overflow !== 'backPressure') continue
          sent.add(id)
          mailbox.park(item(id), admitted => {
            if (!admitted) out.push(id)
          })
        } else {
          sent.add(id)
          const fell = mailbox.put(item(id))
          if (fell !== undefined) out.push(fell.id)
        }
        expect(mailbox.depth).toBeLessThanOrEqual(given.capacity)
      }
      const rest = mailbox.drain().map(each => each.id)
      const all = [...delivered, ...out, ...rest]
      expect(new Set(all)).toEqual(sent)
      expect(all.length).toBe(sent.size)
      expect(rest.filter(id => id >= 0)).toEqual(rest.filter(id => id >= 0).toSorted((a, b) => a - b))
    }),
    { numRuns: 2000 },
  )
})
