// How an ask ends that is not answered: with its incarnation, with its actor, with its time-out, at the door.

import { Effect, Exit, Fiber, Schedule } from 'effect'
import { describe, expect, test } from 'vitest'
import { setup } from 'xstate'
import {
  type ActorRef,
  behavior,
  child,
  type ReplyTo,
  type RestartType,
  type SupervisorOptions,
  supervisor,
} from '../src/index.ts'
import { makeFaults, startTestSystem } from '../src/testing/index.ts'
import { type Count, counter, get } from './counter.ts'

const fails = <A, E>(effect: Effect.Effect<A, E>): Promise<E> => Effect.runPromise(Effect.flip(effect))

const keep = (ref: ActorRef<Count>, timeout: number | string = 60_000) =>
  fails(ref.ask<number>(replyTo => ({ type: 'keep', replyTo }), timeout as number))

describe('an ask that an incarnation had taken', () => {
  const pair = async (options: Partial<SupervisorOptions> = {}, restart: RestartType = 'permanent') => {
    const system = await startTestSystem()
    const worker = (id: string) => child({ id, restart, behavior: behavior({ logic: counter }) })
    await system.spawn(
      supervisor({
        id: 'sup',
        strategy: 'one_for_all',
        intensity: 1,
        restart: 'transient',
        ...options,
        children: [worker('a'), worker('b')],
      }),
    )
    const find = (path: string) => {
      const ref = system.effect.lookup<Count>(path)
      if (ref === undefined) throw new Error(`no actor at ${path}`)
      return ref
    }
    return { system, a: find('/sup/a'), b: find('/sup/b'), [Symbol.asyncDispose]: () => system.stop() }
  }

  test('fails with ActorFailed when its actor is restarted with a sibling that failed, and says with what', async () => {
    await using it = await pair()
    const kept = keep(it.a)
    it.b.tell({ type: 'crash' })
    expect(await kept).toMatchObject({
      _tag: 'ActorFailed',
      during: 'restart',
      error: { message: 'crashed on purpose' },
    })
    expect(await Effect.runPromise(it.a.ask(get, 1000))).toBe(0)
  })

  test('fails with ActorFailed when its actor is killed, and started again', async () => {
    await using it = await pair()
    const kept = keep(it.a)
    await it.system.settle()
    makeFaults(1).kill(it.a)
    expect(await kept).toMatchObject({ _tag: 'ActorFailed', during: 'restart', error: 'Killed' })
  })

  test('fails at once, not after the back-off', async () => {
    await using it = await pair({ backoff: Schedule.spaced('1 hour') })
    const kept = keep(it.a)
    it.b.tell({ type: 'crash' })
    expect((await kept)._tag).toBe('ActorFailed')
    expect(it.system.virtual.now()).toBe(0)
  })

  test('fails with ActorStopped when its actor is stopped with a sibling, and not started again', async () => {
    await using it = await pair({ intensity: 0 })
    const kept = keep(it.a)
    it.b.tell({ type: 'crash' })
    expect((await kept)._tag).toBe('ActorStopped')
  })

  test('fails with ActorStopped when its actor is killed, and temporary', async () => {
    await using it = await pair({ strategy: 'one_for_one' }, 'temporary')
    const kept = keep(it.a)
    await it.system.settle()
    makeFaults(1).kill(it.a)
    expect((await kept)._tag).toBe('ActorStopped')
  })

  test('fails with ActorFailed when its supervisor gives up and is restarted', async () => {
    await using it = await pair({ intensity: 0, restart: 'permanent' })
    const kept = keep(it.a)
    it.b.tell({ type: 'crash' })
    expect(await kept).toMatchObject({
      _tag: 'ActorFailed',
      during: 'restart',
      error: { _tag: 'RestartIntensityExceeded' },
    })
    expect(await Effect.runPromise(it.a.ask(get, 1000))).toBe(0)
  })

  test('hears nothing of the incarnation that has ended, not even while it is not decided what follows', async () => {
    const system = await startTestSystem()
    const replies: ReplyTo<number>[] = []
    const holding = setup({
      types: { events: {} as { type: 'hold'; replyTo: ReplyTo<number> } },
    }).createMachine({
      on: { hold: { actions: ({ event }) => void replies.push(event.replyTo) } },
    })
    const ref = await Effect.runPromise(
      system.effect.spawn(child({ id: 'a', behavior: behavior({ logic: holding }) })),
    )
    const asked = fails(ref.ask<number>(replyTo => ({ type: 'hold', replyTo }), 1000))
    await system.settle()
    ref.watch(() => expect.unreachable())
    makeFaults(1).kill(ref)
    replies[0]?.succeed(1)
    expect((await asked)._tag).toBe('ActorFailed')
    void system.stop()
  })
})

describe('a deferred ask', () => {
  const door = setup({
    types: {
      events: {} as
        | { type: 'enter'; id: number; replyTo?: ReplyTo<number> }
        | { type: 'open' }
        | { type: 'ring' },
    },
  }).createMachine({
    initial: 'closed',
    states: {
      closed: { on: { open: 'opened', ring: {} } },
      opened: { on: { enter: { actions: ({ event }) => event.replyTo?.succeed(event.id) } } },
    },
  })
  const closed = async (capacity: number) => {
    const system = await startTestSystem()
    const deferring = behavior({ logic: door, defer: { closed: ['enter'] }, mailbox: { capacity } })
    const ref = await Effect.runPromise(system.effect.spawn(child({ id: 'a', behavior: deferring })))
    const enter = (id: number, ms: number) => ref.ask<number>(replyTo => ({ type: 'enter', id, replyTo }), ms)
    const entered = () =>
      system.inspected.flatMap(event =>
        event._tag === 'MessageReceived' && event.message.type === 'enter'
          ? [Reflect.get(event.message, 'id')]
          : [],
      )
    const dead = () => system.inspected.flatMap(event => (event._tag === 'MessageDead' ? [event.why] : []))
    return { system, ref, enter, entered, dead, [Symbol.asyncDispose]: () => system.stop() }
  }

  test('that is over gives its place back at once, as a dead letter; the others keep theirs, and their order', async () => {
    await using it = await closed(3)
    const first = Effect.runPromise(it.enter(1, 5000))
    const second = fails(it.enter(2, 100))
    it.ref.tell({ type: 'enter', id: 3 })
    await it.system.settle()
    it.ref.tell({ type: 'ring' })
    expect(it.dead()).toEqual(['MailboxFull'])
    await it.system.advance(100)
    expect((await second)._tag).toBe('AskTimeout')
    expect(it.dead()).toEqual(['MailboxFull', 'Expired'])
    it.ref.tell({ type: 'open' })
    await it.system.settle()
    expect(await first).toBe(1)
    expect(it.entered()).toEqual([1, 3])
    expect(it.dead()).toEqual(['MailboxFull', 'Expired'])
  })

  test('that its asker gives up lets in who waits outside', async () => {
    await using it = await closed(1)
    const asking = Effect.runFork(it.enter(1, 5000))
    await it.system.settle()
    const offered = Effect.runPromise(Effect.exit(it.ref.offer({ type: 'open' })))
    await it.system.settle()
    await Effect.runPromise(Fiber.interrupt(asking))
    expect(Exit.isSuccess(await offered)).toBe(true)
    await it.system.settle()
    expect(it.ref.getSnapshot().value).toBe('opened')
  })
})

describe('at the door', () => {
  const started = async (capacity = 10) => {
    const system = await startTestSystem()
    const described = behavior({ logic: counter, mailbox: { capacity } })
    const ref = await system.spawn(child({ id: 'a', behavior: described }))
    return { system, ref, [Symbol.asyncDispose]: () => system.stop() }
  }

  test.each([Number.NaN, 'soon'])('a time-out of %s is refused, and nothing is sent', async timeout => {
    await using it = await started()
    const error = await keep(it.ref.ref, timeout)
    expect(error).toMatchObject({ _tag: 'InvalidTimeout', path: '/a', timeout })
    const asked = it.ref.ask<number>(get, timeout as number)
    await expect(asked).rejects.toMatchObject({ _tag: 'InvalidTimeout', timeout })
    await it.system.settle()
    expect(it.system.inspected.filter(event => event._tag === 'MessageSent')).toEqual([])
  })

  test('a negative time-out is over as soon as time goes on; an infinite one with the actor', async () => {
    await using it = await started()
    const negative = keep(it.ref.ref, -5)
    const endless = keep(it.ref.ref, Number.POSITIVE_INFINITY)
    await it.system.settle()
    expect(it.system.virtual.pending).toBe(1)
    await it.system.advance(0)
    expect(await negative).toMatchObject({ _tag: 'AskTimeout' })
    expect(it.system.virtual.pending).toBe(0)
    await it.ref.stop()
    expect((await endless)._tag).toBe('ActorStopped')
  })

  test('a full mailbox is MailboxFull: an ask does not wait for room', async () => {
    await using it = await started(1)
    it.ref.tell({ type: 'ignored' })
    const error = await keep(it.ref.ref)
    expect(error).toMatchObject({ _tag: 'MailboxFull', capacity: 1 })
  })
})
