import { Deferred, Effect, Scope, Stream } from 'effect'
import { expect, test } from 'vitest'
import { type AnyActorLogic, assign, createActor, setup } from 'xstate'
import { type ActorRef, behavior, child, fromEffect, fromEffectStream, type NotHosted } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

type Message = { type: 'tick'; n: number } | { type: 'leave' } | { type: 'crash' }

const machine = (src: AnyActorLogic) =>
  setup({
    types: { context: {} as { ticks: readonly number[] }, events: {} as Message },
    actors: { src },
  }).createMachine({
    context: { ticks: [] },
    initial: 'busy',
    on: {
      tick: { actions: assign({ ticks: ({ context, event }) => [...context.ticks, event.n] }) },
      crash: {
        actions: () => {
          throw new Error('crashed on purpose')
        },
      },
    },
    states: {
      busy: { invoke: { src: 'src', onDone: 'idle', onError: 'failed' }, on: { leave: 'idle' } },
      idle: {},
      failed: {},
    },
  })

async function hosted(src: AnyActorLogic, shutdown: number | 'brutal' = 1000) {
  const system = await startTestSystem()
  const spec = child({ id: 'a', shutdown, behavior: behavior({ logic: machine(src) }) })
  const ref = await system.spawn(spec)
  return { system, ref, [Symbol.asyncDispose]: () => system.stop() }
}

const resource = (log: string[], name: string) =>
  Effect.acquireRelease(
    Effect.sync(() => void log.push(`+${name}`)),
    () => Effect.sync(() => void log.push(`-${name}`)),
  )

test('the scope of an effect closes when its state is left', async () => {
  const log: string[] = []
  await using it = await hosted(fromEffect(() => Effect.andThen(resource(log, 'r'), Effect.never)))
  it.ref.tell({ type: 'leave' })
  await it.system.settle()
  expect(log).toEqual(['+r', '-r'])
  expect(it.ref.getSnapshot().value).toBe('idle')
})

test('the scope of an effect closes when it ends; what is in the actor scope lives on until the incarnation ends', async () => {
  const log: string[] = []
  const src = fromEffect<unknown, never, undefined, Message>(({ actorScope }) =>
    Effect.andThen(resource(log, 'short'), Scope.provide(resource(log, 'long'), actorScope)),
  )
  await using it = await hosted(src)
  await it.system.settle()
  expect(it.ref.getSnapshot().value).toBe('idle')
  expect(log).toEqual(['+short', '+long', '-short'])
  it.ref.tell({ type: 'crash' })
  await it.system.settle()
  expect(log.slice(3)).toEqual(['-long', '+short', '+long', '-short'])
})

test('a stream sends each element as an event, and its end to onDone', async () => {
  const src = fromEffectStream<Message, never, undefined>(() =>
    Stream.make(1, 2, 3).pipe(Stream.map(n => ({ type: 'tick', n }))),
  )
  await using it = await hosted(src)
  await it.system.until(() => it.ref.getSnapshot().value === 'idle')
  expect(it.ref.getSnapshot().context.ticks).toEqual([1, 2, 3])
})

test('an effect sleeps on the clock of the system', async () => {
  await using it = await hosted(fromEffect(() => Effect.sleep('10 seconds')))
  await it.system.advance(9999)
  expect(it.ref.getSnapshot().value).toBe('busy')
  await it.system.advance(1)
  expect(it.ref.getSnapshot().value).toBe('idle')
})

test('what an abandoned incarnation does takes no effect on the next one', async () => {
  const selves: ActorRef<Message>[] = []
  const sends: ((message: Message) => void)[] = []
  const ends: Deferred.Deferred<void>[] = []
  const src = fromEffect<void, never, undefined, Message>(({ self, sendBack }) => {
    const end = Deferred.makeUnsafe<void>()
    selves.push(self)
    sends.push(sendBack)
    ends.push(end)
    return Effect.uninterruptible(Deferred.await(end))
  })
  await using it = await hosted(src, 'brutal')
  it.ref.tell({ type: 'crash' })
  await it.system.until(() => selves.length === 2)
  expect(it.system.abandoned).toMatchObject([{ path: '/a', epoch: 1, effects: 1 }])
  selves[0]?.tell({ type: 'tick', n: 1 })
  sends[0]?.({ type: 'tick', n: 2 })
  if (ends[0] !== undefined) Deferred.doneUnsafe(ends[0], Effect.void)
  await it.system.settle()
  expect(it.ref.getSnapshot()).toMatchObject({ value: 'busy', context: { ticks: [] } })
  expect(it.system.deadLetters.count).toBe(1)
  if (ends[1] !== undefined) Deferred.doneUnsafe(ends[1], Effect.void)
})

test('a machine that uses it runs under plain createActor too, but has no actor, no system and no actor scope there', async () => {
  const src = fromEffect<unknown, NotHosted, undefined, Message>(args =>
    Effect.try({ try: () => args.self, catch: error => error as NotHosted }),
  )
  const actor = createActor(machine(src)).start()
  await new Promise<void>(resolve => {
    actor.subscribe(snapshot => {
      if (snapshot.value === 'failed') resolve()
    })
    if (actor.getSnapshot().value === 'failed') resolve()
  })
  expect(actor.getSnapshot().value).toBe('failed')
  actor.stop()
})

test.each(['brutal', 10] as const)(
  'the actor scope of an incarnation given up (%s) closes once its effects have ended',
  async limit => {
    const log: string[] = []
    const slow = Effect.acquireRelease(Effect.void, () => Effect.sleep('1 second'))
    const src = fromEffect(({ actorScope }) =>
      Effect.andThen(Scope.provide(resource(log, 'long'), actorScope), Effect.andThen(slow, Effect.never)),
    )
    await using it = await hosted(src, limit)
    const stopped = it.ref.stop()
    await it.system.advance(10)
    await stopped
    expect(it.system.abandoned).toHaveLength(1)
    expect(log).toEqual(['+long'])
    await it.system.advance('1 second')
    expect(log).toEqual(['+long', '-long'])
  },
)

test('what a transition would invoke after the end of its incarnation does not begin', async () => {
  const log: string[] = []
  await using system = await startTestSystem()
  const src = fromEffect(() => Effect.andThen(resource(log, 'late'), Effect.never))
  const stopping = setup({ types: { events: {} as { type: 'go' } }, actors: { src } }).createMachine({
    initial: 'a',
    states: {
      a: { on: { go: { target: 'b', actions: () => void ref.stop() } } },
      b: { invoke: { src: 'src' } },
    },
  })
  const ref = await system.spawn(child({ id: 'a', behavior: behavior({ logic: stopping }) }))
  ref.tell({ type: 'go' })
  await system.settle()
  expect(system.lookup('/a')).toBeUndefined()
  expect(log).toEqual([])
})
