// The Promise face of supervisors: what is awaited has been done.

import { Effect } from 'effect'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { createMachine } from 'xstate'
import {
  type ActorRef,
  ActorSystem,
  behavior,
  child,
  dynamicSupervisor,
  fromEffect,
  InvalidSpec,
  type PromiseRef,
  type PromiseSupervisorRef,
  type PromiseSystem,
  type StartContext,
  StartFailed,
  supervisor,
} from '../src/index.ts'
import { add, type Count, counting, get } from './counter.ts'

const spec = (id: string) => child({ id, behavior: counting })

async function withPool(use: (sup: PromiseSupervisorRef, system: PromiseSystem) => Promise<void>) {
  await using system = await ActorSystem.start()
  await use(await system.spawn(supervisor({ id: 'sup', children: [spec('a'), spec('b')] })), system)
}
const running = (sup: PromiseSupervisorRef) =>
  sup
    .whichChildren()
    .filter(({ state }) => state === 'running')
    .map(({ id }) => id)

describe('a supervisor of the Promise face', () => {
  test('starts a child, and gives a ref whose waits are promises too', () =>
    withPool(async sup => {
      const started = await sup.startChild(spec('c'))
      expectTypeOf(started).toExtend<PromiseRef<Count>>()
      started.tell(add(4))
      expect(await started.ask(get, '1 second')).toBe(4)
      expect(running(sup)).toEqual(['a', 'b', 'c'])
      await expect(sup.startChild(spec('c'))).rejects.toMatchObject({ _tag: 'ChildAlreadyStarted' })
    }))

  test('starts supervisors, whose children are started in the same way', () =>
    withPool(async sup => {
      const inner = await sup.startChild(dynamicSupervisor({ id: 'inner' }))
      expectTypeOf(inner).toEqualTypeOf<PromiseSupervisorRef>()
      await inner.startChild(spec('x'))
      expect(sup.childSupervisor('inner')?.child<Count>('x')?.path).toBe('/sup/inner/x')
      expect(sup.childSupervisor('inner')).toBe(inner)
    }))

  test('terminates a child, starts it again, and deletes it', () =>
    withPool(async sup => {
      await sup.terminateChild('a')
      expect(running(sup)).toEqual(['b'])
      await sup.restartChild('a')
      expect(running(sup)).toEqual(['a', 'b'])
      await expect(sup.deleteChild('a')).rejects.toMatchObject({ _tag: 'ChildRunning', path: '/sup/a' })
      await sup.terminateChild('a')
      await sup.deleteChild('a')
      expect(sup.whichChildren().map(({ id }) => id)).toEqual(['b'])
      await expect(sup.terminateChild('a')).rejects.toMatchObject({ _tag: 'ChildNotFound' })
    }))

  test('says what its children are, with refs of this face', () =>
    withPool(async sup => {
      await sup.startChild(supervisor({ id: 'inner' }))
      expect(sup.countChildren()).toEqual({ specs: 3, active: 3, supervisors: 1, workers: 2 })
      for (const { ref } of sup.whichChildren()) await ref.stop()
      expect(running(sup)).toEqual([])
    }))

  test('stops, and whoever watches it is told', () =>
    withPool(async (sup, system) => {
      const ends: string[] = []
      sup.watch(({ path, reason }) => void ends.push(`${path} ${reason._tag}`))
      await sup.stop()
      expect(ends).toEqual(['/sup Shutdown'])
      expect(system.lookupSupervisor('/sup')).toBeUndefined()
    }))
})

describe('a system of the Promise face', () => {
  test('finds supervisors and actors, each time the same ref', () =>
    withPool(async (sup, system) => {
      expect(system.lookupSupervisor('/sup')).toBe(sup)
      expect(system.lookup('/sup/a')).toBe(sup.child('a'))
      expect(sup.ref).toBe(system.effect.lookupSupervisor('/sup'))
    }))

  test('has a root that can be asked and stopped, and says that it has terminated', async () => {
    await using system = await ActorSystem.start({ children: [spec('a')] })
    await system.root.terminateChild('a')
    expect(system.root.countChildren()).toMatchObject({ specs: 1, active: 0 })
    await system.root.stop()
    expect(await system.terminated).toEqual({ _tag: 'Shutdown' })
  })

  test('names a child of its root that it does not have by the path where it would be', async () => {
    await using system = await ActorSystem.start()
    const missing = { _tag: 'ChildNotFound', path: '/x' }
    await expect(system.root.terminateChild('x')).rejects.toMatchObject(missing)
    await expect(system.root.restartChild('x')).rejects.toMatchObject(missing)
    await expect(system.root.deleteChild('x')).rejects.toMatchObject(missing)
  })

  test('is stopped once, whoever asks for it: each waits until all is released', async () => {
    const released: string[] = []
    const system = await ActorSystem.start()
    const release = Effect.andThen(
      Effect.sleep(20),
      Effect.sync(() => void released.push('a')),
    )
    const holding = fromEffect(() =>
      Effect.andThen(
        Effect.acquireRelease(Effect.void, () => release),
        Effect.never,
      ),
    )
    await system.spawn(
      child({ id: 'a', behavior: behavior({ logic: createMachine({ invoke: { src: holding } }) }) }),
    )
    void system.stop()
    await system.stop()
    expect(released).toEqual(['a'])
  })

  test('that cannot start has ended, for whoever one of its children had told of it', async () => {
    const told: StartContext[] = []
    const first = child({ id: 'a', behavior: counting, input: context => void told.push(context) })
    const failing = child({
      id: 'b',
      behavior: counting,
      input: () => {
        throw new Error('no input')
      },
    })
    await expect(ActorSystem.start({ children: [first, failing], log: 'off' })).rejects.toThrow('no input')
    const [{ ref, system } = expect.fail('it was not started')] = told
    expect(await Effect.runPromise(system.terminated)).toMatchObject({ _tag: 'Failure' })
    const asked = (ref as ActorRef<Count>).ask(get, Number.POSITIVE_INFINITY)
    expect(await Effect.runPromise(Effect.flip(asked))).toMatchObject({ _tag: 'ActorStopped' })
    expect(system.lookup('/a')).toBeUndefined()
  })

  test('rejects with the typed error where it cannot start', async () => {
    const failing = child({
      id: 'a',
      behavior: counting,
      input: () => {
        throw new Error('no input')
      },
    })
    const error = await ActorSystem.start({ children: [failing], log: 'off' }).catch(given => given)
    expect(error).toBeInstanceOf(StartFailed)
    expect(error).toMatchObject({ path: '/', error: { _tag: 'StartFailed', path: '/a' } })
    const wrong = await ActorSystem.start({ intensity: -1 }).catch(given => given)
    expect(wrong).toBeInstanceOf(InvalidSpec)
    expect(wrong).toMatchObject({ id: 'root' })
    const twice = await ActorSystem.start({ children: [spec('a'), spec('a')] }).catch(given => given)
    expect(twice).toBeInstanceOf(InvalidSpec)
  })
})
