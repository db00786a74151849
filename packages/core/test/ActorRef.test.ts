import { Effect, Fiber, Schedule, Stream } from 'effect'
import { describe, expect, test } from 'vitest'
import { createMachine, setup } from 'xstate'
import { type ActorRef, behavior, child, deathWatch, type ReplyTo, supervisor } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, type Count, counter, counting, get } from './counter.ts'

const started = async (
  options: { capacity?: number; overflow?: 'backPressure' | 'fail' | 'dropOldest' } = {},
) => {
  const system = await startTestSystem()
  const { ref } = await system.spawn(
    child({ id: 'a', behavior: behavior({ logic: counter, mailbox: options }) }),
  )
  const dead: string[] = []
  system.deadLetters.subscribe(({ message, why }) => void dead.push(`${message.type} ${why}`))
  return { system, ref, dead, [Symbol.asyncDispose]: () => system.stop() }
}
const fails = <A, E>(effect: Effect.Effect<A, E>): Promise<E> => Effect.runPromise(Effect.flip(effect))

describe('tell', () => {
  test('is processed later, never on the stack of the sender, and in order', async () => {
    await using it = await started()
    for (let by = 1; by <= 200; by++) it.ref.tell(add(by))
    expect(it.ref.getSnapshot().context.count).toBe(0)
    await it.system.settle()
    expect(it.ref.getSnapshot().context.seen).toEqual(Array.from({ length: 200 }, (_, at) => at + 1))
  })

  test('to an actor that has ended is a dead letter', async () => {
    await using it = await started()
    await Effect.runPromise(it.ref.stop())
    it.ref.tell(add(1))
    expect(it.dead).toEqual(['add NoSuchActor'])
    expect(it.system.deadLetters.count).toBe(1)
  })

  test('of what nothing takes in this state is a dead letter; what is declared to be ignored is not', async () => {
    await using it = await started()
    it.ref.tell({ type: 'open' })
    it.ref.tell({ type: 'ignored' })
    it.ref.tell({ type: 'close' })
    it.ref.tell(add(1))
    await it.system.settle()
    expect(it.dead).toEqual(['open Unhandled', 'add Unhandled'])
  })

  test('of a message that only a guard refuses, or a wildcard takes, is no dead letter', async () => {
    await using system = await startTestSystem()
    const machine = createMachine({
      on: { guarded: { guard: () => false, actions: () => {} }, 'some.*': {} },
    })
    const ref = await system.spawn(
      child({ id: 'm', behavior: behavior({ logic: machine }), input: undefined }),
    )
    for (const type of ['guarded', 'some.thing', 'other']) ref.tell({ type })
    await system.settle()
    expect(system.deadLetters.count).toBe(1)
  })
})

describe('ask', () => {
  test('gives the answer', async () => {
    await using it = await started()
    it.ref.tell(add(5))
    expect(await Effect.runPromise(it.ref.ask(get, '1 second'))).toBe(5)
    expect(it.system.virtual.pending).toBe(0)
  })

  test('fails with AskTimeout exactly at its time-out, and drops a later answer', async () => {
    await using it = await started()
    let late: ReplyTo<number> | undefined
    const asking = fails(
      it.ref.ask<number>(replyTo => {
        late = replyTo
        return { type: 'keep', replyTo }
      }, '2 seconds'),
    )
    let settled = false
    void asking.finally(() => {
      settled = true
    })
    await it.system.advance(1999)
    expect(settled).toBe(false)
    await it.system.advance(1)
    expect(await asking).toMatchObject({ _tag: 'AskTimeout', path: '/a', timeoutMs: 2000 })
    late?.succeed(1)
  })

  test('fails with ActorFailed when it is answered with a failure', async () => {
    await using it = await started()
    const error = await fails(it.ref.ask<number>(replyTo => ({ type: 'refuse', replyTo }), '1 second'))
    expect(error).toMatchObject({ _tag: 'ActorFailed', during: 'reply', error: 'refused' })
  })

  test('that is in process when the actor fails, fails with why; those that wait are answered by the next incarnation', async () => {
    await using it = await started()
    const kept = fails(it.ref.ask<number>(replyTo => ({ type: 'keep', replyTo }), '1 second'))
    const crashed = fails(it.ref.ask<number>(replyTo => ({ type: 'crash', replyTo }), '1 second'))
    const waiting = Effect.runPromise(it.ref.ask(get, '1 second'))
    expect(await crashed).toMatchObject({ _tag: 'ActorFailed', during: 'processing' })
    expect(await kept).toMatchObject({ _tag: 'ActorFailed', during: 'processing' })
    expect(await waiting).toBe(0)
  })

  test('fails with ActorStopped when the actor ends before it answers, or has ended', async () => {
    await using it = await started()
    const kept = fails(it.ref.ask<number>(replyTo => ({ type: 'keep', replyTo }), '1 second'))
    await it.system.settle()
    await Effect.runPromise(it.ref.stop())
    expect((await kept)._tag).toBe('ActorStopped')
    expect((await fails(it.ref.ask(get, '1 second')))._tag).toBe('ActorStopped')
  })

  test('that nothing takes fails at once, not at its time-out', async () => {
    await using it = await started()
    const ask = it.ref.ask<number>(replyTo => ({ type: 'open', replyTo }) as unknown as Count, '1 second')
    expect(await fails(ask)).toMatchObject({
      _tag: 'ActorFailed',
      error: { _tag: 'MessageUnhandled', type: 'open' },
    })
    expect(it.system.virtual.now()).toBe(0)
  })

  test('is answered once the transition that answers is done: the asker sees its snapshot', async () => {
    await using system = await startTestSystem()
    const machine = setup({
      types: { events: {} as { type: 'go'; replyTo: ReplyTo<string> } },
    }).createMachine({
      initial: 'a',
      states: {
        a: { on: { go: { target: 'b', actions: ({ event }) => event.replyTo.succeed('gone') } } },
        b: {},
      },
    })
    const { ref } = await system.spawn(child({ id: 'm', behavior: behavior({ logic: machine }) }))
    const seen = ref
      .ask<string>(replyTo => ({ type: 'go', replyTo }), '1 second')
      .pipe(Effect.map(answer => [answer, ref.getSnapshot().value]))
    expect(await Effect.runPromise(seen)).toEqual(['gone', 'b'])
  })

  test('that nobody waits for any more is not processed', async () => {
    await using it = await started()
    const asking = Effect.runFork(it.ref.ask(get, '1 second'))
    await Effect.runPromise(Fiber.interrupt(asking))
    await it.system.settle()
    expect(it.dead).toEqual(['get Expired'])
    expect(it.system.virtual.pending).toBe(0)
  })
})

describe('a full mailbox', () => {
  /** Fills the mailbox in one go: nothing is processed before this stack has ended. */
  const fill = (ref: ActorRef<Count>, count: number) => {
    for (let by = 1; by <= count; by++) ref.tell(add(by))
  }

  test('with back-pressure suspends an offer until there is room, and order holds', async () => {
    await using it = await started({ capacity: 2 })
    fill(it.ref, 2)
    await Effect.runPromise(
      Effect.all([it.ref.offer(add(3)), it.ref.offer(add(4))], { concurrency: 'unbounded' }),
    )
    await it.system.settle()
    expect(it.ref.getSnapshot().context.seen).toEqual([1, 2, 3, 4])
    expect(it.dead).toEqual([])
  })

  test('with back-pressure makes a tell a dead letter: a machine can not wait', async () => {
    await using it = await started({ capacity: 2 })
    fill(it.ref, 3)
    await it.system.settle()
    expect(it.dead).toEqual(['add MailboxFull'])
  })

  test('fails an offer where that is its policy', async () => {
    await using it = await started({ capacity: 1, overflow: 'fail' })
    fill(it.ref, 1)
    expect(await fails(it.ref.offer(add(2)))).toMatchObject({ _tag: 'MailboxFull', capacity: 1 })
  })

  test('drops the oldest where that is its policy', async () => {
    await using it = await started({ capacity: 2, overflow: 'dropOldest' })
    fill(it.ref, 4)
    await it.system.settle()
    expect(it.ref.getSnapshot().context.seen).toEqual([3, 4])
    expect(it.dead).toEqual(['add Dropped', 'add Dropped'])
  })

  test('turns away who waits outside when the actor ends', async () => {
    await using system = await startTestSystem()
    const one = child({ id: 'a', behavior: behavior({ logic: counter, mailbox: { capacity: 1 } }) })
    const backoff = Schedule.spaced('1 hour')
    const sup = await system.spawn(supervisor({ id: 'sup', intensity: 9, backoff, children: [one] }))
    const ref = system.effect.lookup<Count>('/sup/a')
    if (ref === undefined) throw new Error('no actor')
    ref.tell({ type: 'crash' })
    await system.settle()
    ref.tell(add(1))
    const outside = fails(ref.offer(add(2)))
    await sup.terminateChild('a')
    expect((await outside)._tag).toBe('ActorStopped')
    expect(system.deadLetters.count).toBe(2)
  })
})

test('deferred messages wait for their state in order, before those that came later', async () => {
  await using system = await startTestSystem()
  const deferring = behavior({ logic: counter, defer: { closed: ['add'] } })
  const ref = await system.spawn(child({ id: 'a', behavior: deferring }))
  for (const message of [
    { type: 'close' },
    add(1),
    add(2),
    { type: 'ignored' },
    { type: 'open' },
    add(3),
  ] as const) {
    ref.tell(message)
  }
  await system.settle()
  expect(ref.getSnapshot().context.seen).toEqual([1, 2, 3])
  expect(system.inspected.filter(event => event._tag === 'MessageDeferred')).toHaveLength(2)
  expect(system.deadLetters.count).toBe(0)
})

test('watch tells once, with the reason, and at once who comes late', async () => {
  await using it = await started()
  const told: unknown[] = []
  it.ref.watch(end => told.push(end))
  const leave = it.ref.watch(() => expect.unreachable())
  leave()
  it.ref.tell({ type: 'crash' })
  await it.system.settle()
  expect(told).toEqual([])
  await Effect.runPromise(it.ref.stop())
  it.ref.watch(end => told.push(end))
  const end = { path: '/a', reason: { _tag: 'Shutdown' } }
  expect(told).toEqual([end, end])
})

test('deathWatch tells an actor ahead of what waits in its mailbox, full or not', async () => {
  await using it = await started({ capacity: 1 })
  const other = await it.system.spawn(child({ id: 'b', behavior: counting }))
  deathWatch(it.ref, other.ref, () => add(100))
  it.ref.tell(add(1))
  const stopped = other.stop()
  await it.system.settle()
  await stopped
  expect(it.ref.getSnapshot().context.seen).toContain(100)
  expect(it.dead).toEqual([])
})

test('snapshots stream from the present one on, across a restart, until the end', async () => {
  await using it = await started()
  const all = Effect.runPromise(
    Stream.runCollect(Stream.map(it.ref.snapshots, snapshot => snapshot.context.count)),
  )
  await it.system.settle()
  it.ref.tell(add(1))
  it.ref.tell({ type: 'crash' })
  it.ref.tell(add(7))
  await it.system.settle()
  await Effect.runPromise(it.ref.stop())
  expect([...(await all)]).toEqual([0, 1, 0, 7])
})

test('subscribe and getSnapshot fit a store such as useSelector reads', async () => {
  await using it = await started()
  const counts: number[] = []
  const { unsubscribe } = it.ref.subscribe(snapshot => void counts.push(snapshot.context.count))
  it.ref.tell(add(2))
  await it.system.settle()
  unsubscribe()
  it.ref.tell(add(2))
  await it.system.settle()
  expect(counts).toEqual([2])
  expect(it.ref.getSnapshot().context.count).toBe(4)
})

test('an observer, as XState takes it, hears of each snapshot and of the end', async () => {
  await using it = await started()
  const heard: unknown[] = []
  const observer = {
    next: (snapshot: { context: { count: number } }) => void heard.push(snapshot.context.count),
    complete: () => void heard.push('complete'),
  }
  it.ref.subscribe(observer)
  const { unsubscribe } = it.ref.subscribe(observer)
  unsubscribe()
  it.ref.tell(add(2))
  it.ref.tell({ type: 'crash' })
  await it.system.settle()
  await Effect.runPromise(it.ref.stop())
  expect(heard).toEqual([2, 0, 'complete'])
})
