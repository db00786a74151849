// Back-pressure from machines: their actions cannot wait, so what they tell full mailboxes waits in their outbox.

import { Schedule } from 'effect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { setup } from 'xstate'
import {
  type ActorRef,
  behavior,
  child,
  deathWatch,
  type PromiseSupervisorRef,
  supervisor,
} from '../src/index.ts'
import { makeFaults, startTestSystem, type TestSystem } from '../src/testing/index.ts'

/** Tells each of `to` on; `hops` bounds how long that goes on. */
type Message = {
  readonly type: 'go'
  readonly from: string
  readonly number: number
  readonly to: readonly string[]
  readonly hops: number
}

interface Team {
  readonly system: TestSystem
  readonly sup: PromiseSupervisorRef
  readonly received: Map<string, Message[]>
  readonly told: Message[]
  readonly ref: (id: string) => ActorRef<Message>
}

interface TeamOptions {
  readonly capacity: number
  readonly outbox: number
  readonly backoff?: Schedule.Schedule<unknown>
}

async function team(ids: readonly string[], options: TeamOptions): Promise<Team> {
  const system = await startTestSystem()
  const received = new Map<string, Message[]>(ids.map(id => [id, []]))
  const told: Message[] = []
  let number = 0
  const actor = (id: string) => {
    const machine = setup({ types: { events: {} as Message } }).createMachine({
      on: {
        go: {
          actions: ({ event }) => {
            received.get(id)?.push(event)
            if (event.hops === 0) return
            for (const to of event.to) {
              const message: Message = { ...event, from: id, number: number++, hops: event.hops - 1 }
              told.push(message)
              ref(to).tell(message)
            }
          },
        },
      },
    })
    const { capacity, outbox } = options
    return child({ id, behavior: behavior({ logic: machine, outbox, mailbox: { capacity } }) })
  }
  const sup = await system.spawn(
    supervisor({
      id: 'sup',
      intensity: 100_000,
      children: ids.map(actor),
      ...(options.backoff && { backoff: options.backoff }),
    }),
  )
  const ref = (id: string) => {
    const found = sup.ref.child<Message>(id)
    if (found === undefined) throw new Error(`no ${id}`)
    return found
  }
  return { system, sup, received, told, ref }
}

const kick = (to: readonly string[], hops: number): Message => ({
  type: 'go',
  from: '',
  number: -1,
  to,
  hops,
})
const failures = (system: TestSystem) =>
  system.inspected.flatMap(event =>
    event._tag === 'ActorStopped' && event.reason._tag === 'Failure' ? [event.reason.error] : [],
  )

describe('what a machine tells a full mailbox', () => {
  test('is a dead letter, where it has no outbox', async () => {
    const it = await team(['a', 'b'], { capacity: 2, outbox: 0 })
    it.ref('a').tell(kick(['b', 'b', 'b'], 1))
    await it.system.settle()
    expect(it.received.get('b')).toHaveLength(2)
    expect(it.system.deadLetters.count).toBe(1)
    await it.system.stop()
  })

  test('waits in its outbox, in order, and the machine takes no more while that is full', async () => {
    const it = await team(['a', 'b'], { capacity: 1, outbox: 3 })
    it.ref('a').tell(kick(['b', 'b', 'b', 'b'], 1))
    await it.system.settle()
    expect(it.received.get('b')?.map(({ number }) => number)).toEqual([0, 1, 2, 3])
    expect(it.system.deadLetters.count).toBe(0)
    expect(failures(it.system)).toEqual([])
    await it.system.stop()
  })

  test('fails the machine, typed, when one message makes it tell more than its outbox holds', async () => {
    const it = await team(['a', 'b'], { capacity: 1, outbox: 2 })
    it.ref('a').tell(kick(['b', 'b', 'b', 'b'], 1))
    await it.system.settle()
    expect(failures(it.system)).toMatchObject([
      { _tag: 'OutboxFull', path: '/sup/a', capacity: 2, to: '/sup/b' },
    ])
    await it.system.stop()
  })

  test('is turned away, and given its place back, when its receiver ends', async () => {
    const it = await team(['a', 'b'], { capacity: 1, outbox: 1, backoff: Schedule.spaced('1 hour') })
    makeFaults(1).crash(it.ref('b'))
    it.ref('a').tell(kick(['b', 'b'], 1))
    await it.system.settle()
    // The one is in the mailbox, the other before it; nobody is in b, and a takes no more.
    it.ref('a').tell(kick([], 0))
    await it.system.settle()
    expect(it.received.get('a')).toHaveLength(1)
    await it.sup.terminateChild('b')
    await it.system.settle()
    expect(it.received.get('a')).toHaveLength(2)
    expect(it.system.deadLetters.count).toBe(2)
    await it.system.stop()
  })

  test('does not keep its machine from hearing, on the system lane, that another has ended', async () => {
    const it = await team(['a', 'b', 'c'], { capacity: 1, outbox: 1, backoff: Schedule.spaced('1 hour') })
    deathWatch(it.ref('a'), it.ref('c'), () => kick([], 0))
    makeFaults(1).crash(it.ref('b'))
    it.ref('a').tell(kick(['b', 'b'], 1))
    await it.system.settle()
    await it.sup.terminateChild('c')
    await it.system.settle()
    expect(it.received.get('a')).toHaveLength(2)
    await it.system.stop()
  })

  test('told by a timer or an effect of the machine waits there too', async () => {
    await using system = await startTestSystem()
    const got: string[] = []
    const sink = setup({ types: { events: {} as { type: string } } }).createMachine({
      on: { '*': { actions: ({ event }) => void got.push(event.type) } },
    })
    const to = await system.spawn(
      child({ id: 'to', behavior: behavior({ logic: sink, mailbox: { capacity: 1 } }) }),
    )
    const timed = setup({}).createMachine({
      after: {
        10: { actions: ['a', 'b', 'c'].map(type => () => to.tell({ type })) },
      },
    })
    await system.spawn(
      child({ id: 'from', behavior: behavior({ logic: timed, outbox: 5 }), input: undefined }),
    )
    await system.advance(10)
    expect(got).toEqual(['a', 'b', 'c'])
    expect(system.deadLetters.count).toBe(0)
  })
})

test('two full actors that tell each other never lock, however they are filled', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        capacity: fc.integer({ min: 1, max: 4 }),
        outbox: fc.integer({ min: 1, max: 4 }),
        kicks: fc.array(
          fc.record({
            at: fc.constantFrom('a', 'b', 'c'),
            to: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }),
            hops: fc.integer({ min: 1, max: 4 }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
      }),
      async ({ capacity, outbox, kicks }) => {
        const it = await team(['a', 'b', 'c'], { capacity, outbox })
        for (const { at, to, hops } of kicks) it.ref(at).tell(kick(to, hops))
        await it.system.settle()
        await it.system.settle()
        // Nobody waits any more: a new message is processed at once.
        for (const id of ['a', 'b', 'c']) {
          const before = it.received.get(id)?.length ?? 0
          it.ref(id).tell(kick([], 0))
          await it.system.settle()
          expect(it.received.get(id)).toHaveLength(before + 1)
        }
        // What was told was received, or is a dead letter, or went down with the message that failed its actor.
        const arrived = [...it.received.values()].flat().filter(({ number }) => number >= 0)
        expect(new Set(arrived.map(({ number }) => number)).size).toBe(arrived.length)
        const dead = it.system.inspected.flatMap(event =>
          event._tag === 'MessageDead' ? [(event.message as Message).number] : [],
        )
        const all = new Set([...arrived.map(({ number }) => number), ...dead])
        expect(it.told.filter(({ number }) => !all.has(number))).toEqual([])
        // Only the bound of the outbox fails anybody, and the order of each sender holds.
        for (const error of failures(it.system)) expect(error).toMatchObject({ _tag: 'OutboxFull' })
        for (const messages of it.received.values()) {
          for (const from of ['a', 'b', 'c']) {
            const numbers = messages.filter(message => message.from === from).map(({ number }) => number)
            expect(numbers).toEqual(numbers.toSorted((x, y) => x - y))
          }
        }
        await it.system.stop()
      },
    ),
    { numRuns: 60 },
  )
})
