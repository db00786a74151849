// The message in process when its actor fails: reported, and by choice offered again (at least once).

import { Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { behavior, child, type ReplyTo, supervisor } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

type Message =
  | { readonly type: 'work'; readonly id: number; readonly replyTo?: ReplyTo<number> }
  | { readonly type: 'keep'; readonly replyTo: ReplyTo<number> }

async function run(redeliver: number, failures: Record<number, number>, capacity = 100) {
  const left = { ...failures }
  const attempts: number[] = []
  const machine = setup({ types: { context: {} as { done: number }, events: {} as Message } }).createMachine({
    context: { done: 0 },
    on: {
      keep: {},
      work: {
        actions: [
          ({ event }) => {
            attempts.push(event.id)
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
  const sup = await system.spawn(
    supervisor({
      id: 'sup',
      intensity: 100,
      children: [
        child({ id: 'a', behavior: behavior({ logic: machine, redeliver, mailbox: { capacity } }) }),
      ],
    }),
  )
  const ref = sup.child<Message>('a')
  if (ref === undefined) throw new Error('no child')
  const reports = () =>
    system.inspected.flatMap(event =>
      event._tag === 'ActorStopped' && event.inProcess !== undefined ? [event.inProcess] : [],
    )
  return { system, ref, attempts, reports, [Symbol.asyncDispose]: () => system.stop() }
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
})
