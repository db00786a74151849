// The message in process when its actor fails: reported, and by choice offered again (at least once).

import { Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { behavior, child, type ReplyTo, supervisor } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

type Message =
  | { readonly type: 'work'; readonly id: number; readonly replyTo?: ReplyTo<number> }
  | { readonly type: 'keep'; readonly replyTo: ReplyTo<number> }
  | { readonly type: 'later'; readonly id: number }
  | { readonly type: 'shut' }

async function run(redeliver: number, failures: Record<number, number>, capacity = 100) {
  const left = { ...failures }
  const attempts: number[] = []
  let attempted = () => {}
  const machine = setup({ types: { context: {} as { done: number }, events: {} as Message } }).createMachine({
    context: { done: 0 },
    initial: 'open',
    states: { open: {}, closed: {} },
    on: {
      keep: {},
      shut: '.closed',
      later: { actions: ({ event }) => void attempts.push(event.id) },
      work: {
        actions: [
          ({ event }) => {
            attempts.push(event.id)
            attempted()
            const again = left[event.id] ?? 0
            if (again === 0) return
            left[event.id] = again - 1
            throw new Error(`failed with ${event.id}`)
          },
          assign({ done: ({ context }) => context.done + 1 }),
          ({ event, context }) => event.replyTo?.succeed(context.done),
        ],
      },
    },
  })
  const system = await startTestSystem()
  const sup = await Effect.runPromise(system.effect.spawn(supervisor({ id: 'sup', intensity: 100 })))
  const described = behavior({
    logic: machine,
    redeliver,
    mailbox: { capacity },
    defer: { closed: ['later'] },
  })
  const start = (id: string) => Effect.runPromise(sup.startChild(child({ id, behavior: described })))
  const ref = await start('a')
  const reports = () =>
    system.inspected.flatMap(event =>
      event._tag === 'ActorStopped' && event.inProcess !== undefined ? [event.inProcess] : [],
    )
  const failNext = (id: number, times: number) => {
    left[id] = times
  }
  const onAttempt = (listener: () => void) => {
    attempted = listener
  }
  return {
    system,
    ref,
    start,
    failNext,
    onAttempt,
    attempts,
    reports,
    [Symbol.asyncDispose]: () => system.stop(),
  }
}

describe('the message in process when its actor fails', () => {
  test('is reported as lost with the end of the incarnation; the others are not touched', async () => {
    await using it = await run(0, { 2: 1 })
    for (const id of [1, 2, 3]) it.ref.tell({ type: 'work', id })
    await it.system.settle()
    expect(it.attempts).toEqual([1, 2, 3])
    expect(it.reports()).toEqual([{ message: { type: 'work', id: 2 }, fate: 'Lost' }])
  })

  test('is offered again, before what came after it, where the behaviour says so', async () => {
    await using it = await run(3, { 2: 2 })
    for (const id of [1, 2, 3]) it.ref.tell({ type: 'work', id })
    await it.system.settle()
    expect(it.attempts).toEqual([1, 2, 2, 2, 3])
    expect(it.reports().map(({ fate }) => fate)).toEqual(['OfferedAgain', 'OfferedAgain'])
  })

  test('is lost once it has been offered as often as the behaviour allows', async () => {
    await using it = await run(1, { 2: 5 })
    for (const id of [1, 2, 3]) it.ref.tell({ type: 'work', id })
    await it.system.settle()
    expect(it.attempts).toEqual([1, 2, 2, 3])
    expect(it.reports().map(({ fate }) => fate)).toEqual(['OfferedAgain', 'Lost'])
  })

  test('if it is an ask, goes on waiting for its answer; another that was only taken fails', async () => {
    await using it = await run(1, { 2: 1 })
    const kept = Effect.runPromise(
      Effect.flip(it.ref.ask<number>(replyTo => ({ type: 'keep', replyTo }), '1 second')),
    )
    const asked = Effect.runPromise(
      it.ref.ask<number>(replyTo => ({ type: 'work', id: 2, replyTo }), '1 second'),
    )
    expect(await asked).toBe(1)
    expect((await kept)._tag).toBe('ActorFailed')
  })

  test('keeps its place: a full mailbox does not grow beyond its bound by it', async () => {
    await using it = await run(1, { 1: 1 }, 2)
    it.ref.tell({ type: 'work', id: 1 })
    it.ref.tell({ type: 'work', id: 2 })
    it.ref.tell({ type: 'work', id: 3 })
    await it.system.settle()
    expect(it.attempts).toEqual([1, 1, 2])
    const depths = it.system.inspected.flatMap(event => (event._tag === 'MailboxDepth' ? [event.depth] : []))
    expect(Math.max(...depths)).toBeLessThanOrEqual(2)
  })

  test('is counted for each time that it was told, not for the object: a constant may be told again and again', async () => {
    await using it = await run(1, { 1: 1 })
    const constant = { type: 'work', id: 1 } as const
    for (let round = 0; round < 3; round++) {
      it.failNext(1, 1)
      it.ref.tell(constant)
      await it.system.settle()
    }
    expect(it.attempts).toEqual([1, 1, 1, 1, 1, 1])
    expect(it.reports().map(({ fate }) => fate)).toEqual(['OfferedAgain', 'OfferedAgain', 'OfferedAgain'])
  })

  test('is counted for each actor by itself, also where they are told the same object', async () => {
    await using it = await run(1, { 1: 1 })
    const other = await it.start('b')
    const constant = { type: 'work', id: 1 } as const
    it.ref.tell(constant)
    await it.system.settle()
    it.failNext(1, 1)
    other.tell(constant)
    await it.system.settle()
    expect(it.reports().map(({ fate }) => fate)).toEqual(['OfferedAgain', 'OfferedAgain'])
  })

  test('comes back before what waits, and after what had been deferred before it', async () => {
    await using it = await run(1, { 2: 1 })
    it.ref.tell({ type: 'shut' })
    for (const id of [10, 11]) it.ref.tell({ type: 'later', id })
    for (const id of [2, 3]) it.ref.tell({ type: 'work', id })
    await it.system.settle()
    expect(it.attempts).toEqual([2, 10, 11, 2, 3])
  })

  test('if it is an ask, is answered by the incarnation that has it: one that is over cannot answer it', async () => {
    await using it = await run(1, { 2: 1 })
    const answers: ReplyTo<number>[] = []
    const asked = Effect.runPromise(
      it.ref.ask<number>(replyTo => {
        answers.push(replyTo)
        return { type: 'work', id: 2, replyTo }
      }, '1 second'),
    )
    it.onAttempt(() => {
      if (answers.length === 2) answers[0]?.succeed(-1)
    })
    expect(await asked).toBe(1)
    expect(answers).toHaveLength(2)
  })

  test('if it is an ask whose message cannot be made again, is lost, and the ask fails with why', async () => {
    await using it = await run(1, { 2: 1 })
    let made = 0
    const asked = it.ref.ask<number>(replyTo => {
      made += 1
      if (made === 2) throw new Error('only once')
      return { type: 'work', id: 2, replyTo }
    }, '1 second')
    expect(await Effect.runPromise(Effect.flip(asked))).toMatchObject({
      _tag: 'ActorFailed',
      during: 'processing',
    })
    expect(it.reports().map(({ fate }) => fate)).toEqual(['Lost'])
  })
})
