// What an incarnation still holds of its actor when it is over, and what of it is good then.

import { Deferred, Effect } from 'effect'
import { describe, expect, test } from 'vitest'
import { setup } from 'xstate'
import { type ActorRef, behavior, child, deathWatch, fromEffect, supervisor } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, type Count, counter, counting, get } from './counter.ts'

type Holder = { readonly self: ActorRef<Count>; readonly ref: ActorRef<Count> }

/** A counting actor, and what each of its incarnations was given to start with. */
async function started() {
  const system = await startTestSystem()
  const given: Holder[] = []
  const sup = await Effect.runPromise(
    system.effect.spawn(
      supervisor({
        id: 'sup',
        intensity: 100,
        children: [
          child({
            id: 'a',
            behavior: behavior({ logic: counter }),
            input: ({ self, ref }) => {
              given.push({ self: self as ActorRef<Count>, ref: ref as ActorRef<Count> })
              return undefined as never
            },
          }),
        ],
      }),
    ),
  )
  const ref = sup.child<Count>('a')
  if (ref === undefined) throw new Error('no child')
  const crash = async () => {
    ref.tell({ type: 'crash' })
    await system.settle()
  }
  const dead: string[] = []
  system.deadLetters.subscribe(({ message, why }) => void dead.push(`${message.type} ${why}`))
  return { system, sup, ref, crash, given, dead, [Symbol.asyncDispose]: () => system.stop() }
}

const first = <A>(all: readonly A[]): A => {
  const [one] = all
  if (one === undefined) throw new Error('there is none')
  return one
}

describe('the self that an incarnation is started with', () => {
  test('is good as long as the incarnation', async () => {
    await using it = await started()
    first(it.given).self.tell(add(2))
    await it.system.settle()
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(2)
  })

  test('tells, offers and asks the next incarnation nothing', async () => {
    await using it = await started()
    await it.crash()
    const { self } = first(it.given)
    self.tell(add(1))
    expect(await Effect.runPromise(Effect.flip(self.offer(add(1))))).toMatchObject({ _tag: 'ActorStopped' })
    expect(await Effect.runPromise(Effect.flip(self.ask(get, 1000)))).toMatchObject({ _tag: 'ActorStopped' })
    await it.system.settle()
    expect(it.dead).toEqual(['add OldIncarnation', 'add OldIncarnation'])
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(0)
  })

  test('does not stop the next incarnation', async () => {
    await using it = await started()
    await it.crash()
    await Effect.runPromise(first(it.given).self.stop())
    expect(it.sup.whichChildren()[0]?.state).toBe('running')
  })

  test('comes with a ref to hand out, which outlives it', async () => {
    await using it = await started()
    await it.crash()
    first(it.given).ref.tell(add(3))
    await it.system.settle()
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(3)
  })
})

test('an effect has a ref of its actor to hand out, which outlives its incarnation', async () => {
  type Message = { type: 'crash' } | { type: 'tick' }
  const refs: ActorRef<Message>[] = []
  let ticks = 0
  const machine = setup({
    types: { events: {} as Message },
    actors: {
      hold: fromEffect<never, never, undefined, Message>(({ ref }) => {
        refs.push(ref)
        return Effect.never
      }),
    },
  }).createMachine({
    invoke: { src: 'hold' },
    on: {
      tick: {
        actions: () => {
          ticks += 1
        },
      },
      crash: {
        actions: () => {
          throw new Error('crashed on purpose')
        },
      },
    },
  })
  await using system = await startTestSystem()
  const ref = await Effect.runPromise(
    system.effect.spawn(child({ id: 'a', behavior: behavior({ logic: machine }) })),
  )
  ref.tell({ type: 'crash' })
  await system.settle()
  first(refs).tell({ type: 'tick' })
  await system.settle()
  expect([refs.length, ticks]).toEqual([2, 1])
})

describe('deathWatch', () => {
  const other = async (it: Awaited<ReturnType<typeof started>>) =>
    Effect.runPromise(it.system.effect.spawn(child({ id: 'other', behavior: counting })))

  test('said again by each incarnation, tells once', async () => {
    await using it = await started()
    const watched = await other(it)
    for (let left = 3; left > 0; left--) {
      for (const { self } of it.given.slice(-1)) deathWatch(self, watched, () => add(1))
      await it.crash()
    }
    for (const { self } of it.given.slice(-1)) deathWatch(self, watched, () => add(10))
    await Effect.runPromise(watched.stop())
    await it.system.settle()
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(10)
    expect(it.dead).toEqual([])
  })

  test('by the ref goes on over restarts, and said again takes the place of what was said before', async () => {
    await using it = await started()
    const watched = await other(it)
    deathWatch(it.ref, watched, () => add(1))
    deathWatch(it.ref, watched, () => add(2))
    await it.crash()
    await Effect.runPromise(watched.stop())
    await it.system.settle()
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(2)
  })

  test('by the self of an incarnation that is over tells nobody: the next one has not asked for it', async () => {
    await using it = await started()
    const watched = await other(it)
    deathWatch(first(it.given).self, watched, () => add(1))
    await it.crash()
    await Effect.runPromise(watched.stop())
    await it.system.settle()
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(0)
    expect(it.dead).toEqual([])
  })

  test('ends with the watcher, and leaves no dead letter', async () => {
    await using it = await started()
    const watched = await other(it)
    deathWatch(it.ref, watched, () => add(1))
    await Effect.runPromise(it.ref.stop())
    await Effect.runPromise(watched.stop())
    expect(it.dead).toEqual([])
  })

  test('can be left, and tells at once of one that has ended', async () => {
    await using it = await started()
    const watched = await other(it)
    const leave = deathWatch(it.ref, watched, () => add(1))
    leave()
    await Effect.runPromise(watched.stop())
    deathWatch(it.ref, watched, () => add(10))
    await it.system.settle()
    expect(await Effect.runPromise(it.ref.ask(get, 1000))).toBe(10)
  })
})

test('an effect that is abandoned answers nobody from its incarnation', async () => {
  const ends: Deferred.Deferred<void>[] = []
  const machine = setup({
    types: { events: {} as { type: 'crash' } | { type: 'late' } },
    actors: {
      stubborn: fromEffect<void, never, undefined, { type: 'late' }>(({ self }) => {
        const end = Deferred.makeUnsafe<void>()
        ends.push(end)
        return Effect.uninterruptible(
          Effect.andThen(
            Deferred.await(end),
            Effect.sync(() => self.tell({ type: 'late' })),
          ),
        )
      }),
    },
  }).createMachine({
    invoke: { src: 'stubborn' },
    on: {
      late: { actions: () => expect.unreachable() },
      crash: {
        actions: () => {
          throw new Error('crashed on purpose')
        },
      },
    },
  })
  await using system = await startTestSystem()
  const ref = await Effect.runPromise(
    system.effect.spawn(child({ id: 'a', shutdown: 'brutal', behavior: behavior({ logic: machine }) })),
  )
  ref.tell({ type: 'crash' })
  await system.settle()
  Deferred.doneUnsafe(first(ends), Effect.void)
  await system.settle()
  expect(system.deadLetters.count).toBe(1)
  for (const end of ends) Deferred.doneUnsafe(end, Effect.void)
})
