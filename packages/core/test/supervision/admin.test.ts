import { Effect, Schema } from 'effect'
import { describe, expect, test } from 'vitest'
import { type EventObject, fromCallback } from 'xstate'
import {
  type AnySpec,
  behavior,
  child,
  dynamicSupervisor,
  InvalidSpec,
  type SupervisorRef,
  supervisor,
} from '../../src/index.ts'
import { startTestSystem } from '../../src/testing/index.ts'
import { states, tracing, worker, workerRef } from './worker.ts'

const failureOf = <A, E>(effect: Effect.Effect<A, E>): Promise<E> => Effect.runPromise(Effect.flip(effect))
const tagOf = async <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
  (await failureOf(effect))._tag

const behaviour = behavior({ logic: fromCallback(() => {}) })

async function started(children: readonly AnySpec[]) {
  const system = await startTestSystem()
  const { ref: sup } = await system.spawn(supervisor({ id: 'sup', intensity: 10, children }))
  return { system, sup, [Symbol.asyncDispose]: () => system.stop() }
}

describe('at run time', () => {
  test('a child can be started, terminated, restarted and deleted', async () => {
    await using it = await started([worker('a')])
    const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)
    const ref = await run(it.sup.startChild(worker('b')))
    expect(states(it.sup)).toEqual({ a: 'running', b: 'running' })
    await run(ref.stop())
    expect(states(it.sup)).toEqual({ a: 'running', b: 'terminated' })
    await run(it.sup.terminateChild('b'))
    await run(it.sup.restartChild('b'))
    expect(states(it.sup)).toEqual({ a: 'running', b: 'running' })
    await run(it.sup.terminateChild('b'))
    await run(it.sup.deleteChild('b'))
    expect(states(it.sup)).toEqual({ a: 'running' })
  })

  test('what cannot be done is refused by name', async () => {
    await using it = await started([worker('a')])
    expect(await tagOf(it.sup.startChild(worker('a')))).toBe('ChildAlreadyStarted')
    expect(await tagOf(it.sup.restartChild('a'))).toBe('ChildRunning')
    expect(await tagOf(it.sup.deleteChild('a'))).toBe('ChildRunning')
    for (const unknown of [it.sup.terminateChild('x'), it.sup.restartChild('x'), it.sup.deleteChild('x')]) {
      expect(await failureOf<void, { readonly _tag: string }>(unknown)).toMatchObject({
        _tag: 'ChildNotFound',
      })
    }
    await Effect.runPromise(it.sup.terminateChild('a'))
    expect(await tagOf(it.sup.startChild(worker('a')))).toBe('ChildAlreadyPresent')
  })

  test('a significant child is refused by a supervisor that never shuts itself down', async () => {
    await using it = await started([])
    const spec = worker('a', { restart: 'transient', significant: true })
    expect(await tagOf(it.sup.startChild(spec))).toBe('InvalidSpec')
    expect(states(it.sup)).toEqual({})
  })

  test('what is no specification is refused', async () => {
    await using it = await started([])
    const error = await Effect.runPromise(Effect.flip(it.sup.startChild(behaviour as never)))
    expect(error).toMatchObject({ _tag: 'InvalidSpec', advice: expect.stringContaining('child(') })
  })

  test('a child that fails to start is not kept', async () => {
    await using it = await started([])
    const failing = { starts: 1 }
    expect(await failureOf(it.sup.startChild(worker('a', { failing })))).toMatchObject({
      _tag: 'StartFailed',
    })
    expect(states(it.sup)).toEqual({})
    await Effect.runPromise(it.sup.startChild(worker('a', { failing })))
    expect(states(it.sup)).toEqual({ a: 'running' })
  })

  test('a temporary child is forgotten when it ends; a transient one that ended normally is kept', async () => {
    await using it = await started([
      worker('a', { restart: 'temporary' }),
      worker('b', { restart: 'transient' }),
    ])
    workerRef(it.sup, 'a').tell({ type: 'crash' })
    workerRef(it.sup, 'b').tell({ type: 'finish' })
    await it.system.settle()
    expect(states(it.sup)).toEqual({ b: 'terminated' })
  })

  test('a child that fails to be restarted by hand is kept as it was', async () => {
    const failing = { starts: 0 }
    await using it = await started([worker('a', { failing })])
    await Effect.runPromise(it.sup.terminateChild('a'))
    failing.starts = 1
    expect(await tagOf<void, { readonly _tag: string }>(it.sup.restartChild('a'))).toBe('StartFailed')
    expect(states(it.sup)).toEqual({ a: 'terminated' })
    await Effect.runPromise(it.sup.restartChild('a'))
    expect(states(it.sup)).toEqual({ a: 'running' })
  })

  test('to terminate what is terminated changes nothing', async () => {
    await using it = await started([worker('a')])
    await Effect.runPromise(it.sup.terminateChild('a'))
    await Effect.runPromise(it.sup.terminateChild('a'))
    expect(states(it.sup)).toEqual({ a: 'terminated' })
  })

  test('a child that waits for its restart is counted, but not as active', async () => {
    const failing = { starts: 0 }
    const counts: unknown[] = []
    const meanwhile = () => counts.push(it.sup.countChildren())
    await using it = await started([
      worker('a', { failing: Object.assign(failing, { meanwhile }) }),
      worker('b'),
    ])
    failing.starts = 1
    workerRef(it.sup, 'a').tell({ type: 'crash' })
    await it.system.settle()
    expect(counts).toEqual([{ specs: 2, active: 1, supervisors: 0, workers: 2 }])
    expect(it.sup.countChildren().active).toBe(2)
  })

  test('a thousand children are counted', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
    for (let at = 0; at < 1000; at++) await Effect.runPromise(sup.startChild(worker(`w${at}`)))
    expect(sup.countChildren()).toEqual({ specs: 1000, active: 1000, supervisors: 0, workers: 1000 })
  })

  test('supervisors are counted apart', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
    for (const id of ['a', 'b', 'c']) await Effect.runPromise(sup.startChild(supervisor({ id })))
    expect(sup.countChildren()).toEqual({ specs: 3, active: 3, supervisors: 3, workers: 0 })
  })

  test('children are counted as OTP counts them', async () => {
    const nested = supervisor({ id: 'nested' })
    await using it = await started([worker('a'), worker('b'), nested])
    await Effect.runPromise(it.sup.terminateChild('b'))
    expect(it.sup.countChildren()).toEqual({ specs: 3, active: 2, supervisors: 1, workers: 2 })
  })

  test('a tree whose child fails to start is stopped again, in reverse, and says which', async () => {
    await using system = await startTestSystem()
    const trace = tracing(system)
    const children = [worker('a'), worker('b'), worker('c', { failing: { starts: 1 } })]
    const error = await failureOf(system.effect.spawn(supervisor({ id: 'sup', children })))
    expect(error).toMatchObject({ _tag: 'StartFailed', path: '/sup', error: { path: '/sup/c' } })
    expect(trace()).toEqual(['+sup', '+a', '+b', '-b', '-a', '-sup'])
    expect(system.lookup('/sup/a')).toBeUndefined()
  })
})

describe('while a child waits for its restart', () => {
  const waiting = async (sup: SupervisorRef, settle: () => Promise<void>) => {
    workerRef(sup, 'a').tell({ type: 'crash' })
    await settle()
    expect(states(sup)).toEqual({ a: 'restarting' })
  }
  const looping = async () => {
    const { Schedule } = await import('effect')
    const system = await startTestSystem()
    const { ref: sup } = await system.spawn(
      supervisor({
        id: 'sup',
        intensity: 100,
        backoff: Schedule.spaced('1 second'),
        children: [worker('a')],
      }),
    )
    return { system, sup, [Symbol.asyncDispose]: () => system.stop() }
  }

  test('it can be neither restarted nor deleted, but terminated, and stays so', async () => {
    await using it = await looping()
    await waiting(it.sup, it.system.settle)
    expect(await tagOf(it.sup.restartChild('a'))).toBe('ChildRestarting')
    expect(await tagOf(it.sup.deleteChild('a'))).toBe('ChildRestarting')
    await Effect.runPromise(it.sup.terminateChild('a'))
    await it.system.advance('10 seconds')
    expect(states(it.sup)).toEqual({ a: 'terminated' })
  })

  test('its supervisor can be stopped', async () => {
    await using it = await looping()
    await waiting(it.sup, it.system.settle)
    await Effect.runPromise(it.sup.stop())
    expect(it.system.effect.lookupSupervisor('/sup')).toBeUndefined()
    expect(it.system.virtual.pending).toBe(0)
  })
})

test('what a specification leaves out is as in OTP', () => {
  const machine = behavior({ logic: fromCallback<EventObject, undefined>(() => {}) })
  expect(child({ id: 'a', behavior: machine })).toMatchObject({
    restart: 'permanent',
    shutdown: 5000,
    significant: false,
  })
  expect(supervisor({ id: 's' })).toMatchObject({
    strategy: 'one_for_one',
    intensity: 1,
    periodMs: 5000,
    autoShutdown: 'never',
    restart: 'permanent',
    shutdown: 'infinity',
    significant: false,
    children: [],
  })
})

describe('a specification that cannot work is refused where it is written', () => {
  test.each<readonly [string, () => unknown]>([
    ['two children of one id', () => supervisor({ id: 's', children: [worker('a'), worker('a')] })],
    ['an empty id', () => worker('')],
    ['an id with a slash', () => worker('a/b')],
    ['a negative intensity', () => supervisor({ id: 's', intensity: -1 })],
    ['an intensity that is not whole', () => dynamicSupervisor({ id: 's', intensity: 1.5 })],
    ['a negative period', () => supervisor({ id: 's', period: -1 })],
    ['a period that is no duration', () => supervisor({ id: 's', period: '5 secnds' as never })],
    ['a period that is not a number', () => supervisor({ id: 's', period: Number.NaN })],
    ['a shutdown that is no duration', () => worker('a', { shutdown: 'soon' as never })],
    ['a strategy that does not exist', () => supervisor({ id: 's', strategy: 'one_for_some' as never })],
    [
      'a strategy for a dynamic supervisor',
      () => dynamicSupervisor({ id: 's', strategy: 'one_for_all' } as never),
    ],
    ['a restart type that does not exist', () => worker('a', { restart: 'sometimes' as never })],
    ['an autoShutdown that does not exist', () => supervisor({ id: 's', autoShutdown: 'maybe' as never })],
    ['an id that is no text', () => supervisor({ id: 7 as never })],
    ['a child without a behaviour', () => child({ id: 'a' } as never)],
    ['a behaviour in the place of a child', () => supervisor({ id: 's', children: [behaviour as never] })],
    ['nothing in the place of a child', () => supervisor({ id: 's', children: [undefined as never] })],
    ['a behaviour without logic', () => behavior({} as never)],
    [
      'an overflow policy that does not exist',
      () => behavior({ logic: behaviour.logic, mailbox: { overflow: 'burst' as never } }),
    ],
    [
      'a kept state without a version',
      () => behavior({ logic: behaviour.logic, keep: { context: Schema.Unknown } as never }),
    ],
    ['a significant permanent child', () => worker('a', { significant: true })],
    [
      'a significant child of a supervisor that never shuts itself down',
      () => supervisor({ id: 's', children: [worker('a', { restart: 'transient', significant: true })] }),
    ],
  ])('%s', (_title, write) => {
    expect(write).toThrow(InvalidSpec)
  })
})

describe('a ref whose actor has ended stops nobody, who ever has its id now:', () => {
  test('an actor that was terminated and started again by hand', async () => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(supervisor({ id: 'sup', children: [worker('a')] }))
    const old = workerRef(sup, 'a')
    await Effect.runPromise(Effect.andThen(sup.terminateChild('a'), sup.restartChild('a')))
    await Effect.runPromise(old.stop())
    expect(states(sup)).toEqual({ a: 'running' })
    await Effect.runPromise(workerRef(sup, 'a').stop())
    expect(states(sup)).toEqual({ a: 'terminated' })
  })

  test.each([
    ['an actor', () => worker('x')],
    ['a supervisor', () => supervisor({ id: 'x' })],
  ])('%s of a dynamic supervisor', async (_kind, make) => {
    await using system = await startTestSystem()
    const { ref: sup } = await system.spawn(dynamicSupervisor({ id: 'sup' }))
    const start = () => Effect.runPromise(sup.startChild(make() as ReturnType<typeof supervisor>))
    const old = await start()
    await Effect.runPromise(old.stop())
    await start()
    await Effect.runPromise(old.stop())
    expect(states(sup)).toEqual({ x: 'running' })
  })
})
