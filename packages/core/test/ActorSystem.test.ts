import { it as effectIt } from '@effect/vitest'
import { Effect, Fiber, Layer, Stream } from 'effect'
import { TestClock } from 'effect/testing'
import { describe, expect, test } from 'vitest'
import { ActorSystem, child, dynamicSupervisor, supervisor } from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'
import { add, type Count, counting, get } from './counter.ts'

const spec = child({ id: 'a', behavior: counting })

describe('the Effect face', () => {
  effectIt.effect('is scoped: leaving the scope stops the actors', () =>
    Effect.gen(function* () {
      const ref = yield* Effect.scoped(
        Effect.gen(function* () {
          const system = yield* ActorSystem.make()
          const started = yield* system.spawn(spec)
          started.tell(add(2))
          expect(yield* started.ask(get, '1 second')).toBe(2)
          return started
        }),
      )
      expect((yield* Effect.flip(ref.ask(get, '1 second')))._tag).toBe('ActorStopped')
    }),
  )

  effectIt.effect('goes by the clock of its environment', () =>
    Effect.gen(function* () {
      const system = yield* ActorSystem.make()
      const ref = yield* system.spawn(spec)
      const asking = yield* Effect.forkChild(
        Effect.flip(ref.ask<number>(replyTo => ({ type: 'keep', replyTo }), '1 minute')),
      )
      yield* TestClock.adjust('1 minute')
      expect((yield* Fiber.join(asking))._tag).toBe('AskTimeout')
    }).pipe(Effect.scoped),
  )

  effectIt.effect('fails with a typed error where it cannot start', () =>
    Effect.gen(function* () {
      const failing = child({
        id: 'a',
        behavior: counting,
        input: () => {
          throw new Error('no input')
        },
      })
      const failed = yield* Effect.flip(Effect.scoped(ActorSystem.make({ children: [failing], log: 'off' })))
      expect(failed).toMatchObject({ _tag: 'StartFailed', path: '/', error: { path: '/a' } })
      const wrong = yield* Effect.flip(Effect.scoped(ActorSystem.make({ intensity: -1 })))
      expect(wrong).toMatchObject({ _tag: 'InvalidSpec', id: 'root' })
      const layer = yield* Effect.flip(
        Effect.scoped(Layer.build(ActorSystem.layer({ children: [failing], log: 'off' }))),
      )
      expect(layer._tag).toBe('StartFailed')
    }),
  )

  effectIt.effect('is a layer', () =>
    Effect.gen(function* () {
      const system = yield* ActorSystem
      expect(system.lookup<Count>('/a')?.path).toBe('/a')
    }).pipe(Effect.provide(ActorSystem.layer({ children: [spec] }))),
  )
})

describe('the Promise face', () => {
  test('stops its actors when the block is left', async () => {
    const ends: string[] = []
    {
      await using system = await ActorSystem.start()
      const ref = await system.spawn(spec)
      ref.watch(({ path, reason }) => void ends.push(`${path} ${reason._tag}`))
      ref.tell(add(3))
      expect(await ref.ask(get, '1 second')).toBe(3)
    }
    expect(ends).toEqual(['/a Shutdown'])
  })

  test('rejects with the typed errors of the Effect face', async () => {
    await using system = await ActorSystem.start()
    const ref = await system.spawn(spec)
    await expect(system.spawn(spec)).rejects.toMatchObject({ _tag: 'ChildAlreadyStarted', path: '/a' })
    await ref.stop()
    await expect(ref.ask(get, '1 second')).rejects.toMatchObject({ _tag: 'ActorStopped' })
  })

  test('may be stopped twice', async () => {
    const system = await ActorSystem.start()
    await system.stop()
    await system.stop()
  })
})

test('actors are found by path while they live', async () => {
  await using system = await startTestSystem()
  await system.spawn(supervisor({ id: 'sup', children: [spec] }))
  expect(system.lookup('/sup/a')?.path).toBe('/sup/a')
  expect(system.lookupSupervisor('/sup')?.path).toBe('/sup')
  expect(system.lookup('/sup')).toBeUndefined()
  await system.root.terminateChild('sup')
  expect(system.lookup('/sup/a')).toBeUndefined()
})

test('the event stream tells the lives of actors', async () => {
  await using system = await startTestSystem()
  const first = Effect.runPromise(Stream.runCollect(Stream.take(system.events.stream, 2)))
  await system.settle()
  const ref = await system.spawn(spec)
  await ref.stop()
  expect([...(await first)].map(event => `${event._tag} ${event.path}`)).toEqual([
    'ActorStarted /a',
    'ActorStopped /a',
  ])
})

test('an idle system holds no timer', async () => {
  await using system = await startTestSystem()
  const ref = await system.spawn(spec)
  ref.tell(add(1))
  await ref.ask(get, '1 second')
  expect(system.virtual.pending).toBe(0)
})

test('a probe receives what it is told, in order', async () => {
  await using system = await startTestSystem()
  const probe = await system.probe<{ type: 'a'; n: number } | { type: 'b' }>('probe')
  probe.ref.tell({ type: 'a', n: 1 })
  probe.ref.tell({ type: 'b' })
  expect(await probe.expect('a')).toEqual({ type: 'a', n: 1 })
  expect(await probe.expect('b')).toEqual({ type: 'b' })
  expect(probe.received).toHaveLength(2)
})

test('idle actors have no timer, and what they had asked leaves none behind', async () => {
  await using system = await startTestSystem()
  const before = system.virtual.pending
  const sup = await system.spawn(dynamicSupervisor({ id: 'many' }))
  for (let at = 0; at < 500; at++) {
    const ref = await sup.startChild(child({ id: `a${at}`, behavior: counting }))
    ref.tell(add(1))
    await ref.ask(get, '1 minute')
  }
  await system.settle()
  expect(system.virtual.pending).toBe(before)
})
