// XState's traps: each way in which a machine can fail without its host noticing must be one typed failure for
// the supervisor, and never an uncaughtException or an unhandledRejection.

import { Effect, Stream } from 'effect'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type AnyStateMachine,
  assign,
  createMachine,
  enqueueActions,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  sendTo,
  setup,
  spawnChild,
} from 'xstate'
import {
  ActorSystem,
  behavior,
  child,
  type ExitReason,
  fromEffect,
  fromEffectStream,
  StartFailed,
} from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

const boom = new Error('boom')
const explode = () => {
  throw boom
}

const escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
beforeEach(() => {
  escaped.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  await new Promise(resolve => setTimeout(resolve, 5))
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  expect(escaped).toEqual([])
})

/** Runs a machine, sends it `go`, and gives the reason of its end. */
async function endOf(
  machine: AnyStateMachine,
  meanwhile?: () => void,
  options: { readonly watchInlineSpawns?: boolean } = {},
): Promise<ExitReason> {
  await using system = await startTestSystem()
  const spec = child({
    id: 'a',
    restart: 'temporary',
    behavior: behavior({ logic: machine, ...options }),
    input: undefined,
  })
  const ref = await system.spawn(spec)
  const end = new Promise<ExitReason>(resolve => void ref.watch(({ reason }) => resolve(reason)))
  ref.tell({ type: 'go' })
  await system.advance('1 second')
  meanwhile?.()
  await ref.stop()
  return end
}

const failingObservable = {
  subscribe: (observer: { error?(error: unknown): void }) => {
    observer.error?.(boom)
    return { unsubscribe: () => {} }
  },
} as never

const on = (go: object) => createMachine({ initial: 'a', states: { a: { on: { go } }, b: {} } })
const invoking = (src: object) =>
  createMachine({
    initial: 'a',
    states: { a: { on: { go: 'b' } }, b: { invoke: { src: src as ReturnType<typeof fromPromise> } } },
  })

describe('is one failure for the supervisor:', () => {
  const cases: readonly (readonly [string, AnyStateMachine])[] = [
    ['a throw in an action', on({ actions: explode })],
    ['a throw in a guard', on({ guard: explode, target: 'b' })],
    ['a throw in an assign', on({ actions: assign(explode) })],
    [
      'a throw on entry',
      createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { entry: explode } } }),
    ],
    [
      'a throw on exit',
      createMachine({ initial: 'a', states: { a: { on: { go: 'b' }, exit: explode }, b: {} } }),
    ],
    [
      'a throw in a delayed transition',
      createMachine({ initial: 'a', states: { a: { after: { 500: { actions: explode } } } } }),
    ],
    ['a rejected async action', on({ actions: async () => explode() })],
    [
      'a rejected async action of an invoked machine',
      setup({
        actors: { inner: createMachine({ entry: async () => explode() }) },
      }).createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: 'inner' } } } }),
    ],
    [
      'a rejected async action of a machine that is written where it is invoked',
      invoking(createMachine({ entry: async () => explode() })),
    ],
    [
      'a rejected async action of a machine that is invoked by one that is invoked in a nested state',
      createMachine({
        initial: 'a',
        states: {
          a: { on: { go: 'b' } },
          b: {
            initial: 'c',
            states: {
              c: {
                invoke: [
                  { src: fromPromise(() => new Promise(() => {})) },
                  {
                    src: createMachine({ invoke: { src: createMachine({ entry: async () => explode() }) } }),
                  },
                ],
              },
            },
          },
        },
      }),
    ],
    ['a rejected promise without onError', invoking(fromPromise(async () => explode()))],
    ['a promise that throws before it is one', invoking(fromPromise(explode))],
    ['a callback that throws', invoking(fromCallback(explode))],
    ['an invoked machine that throws', invoking(createMachine({ entry: explode }))],
    ['a failed effect without onError', invoking(fromEffect(() => Effect.fail(boom)))],
    ['a defect of an effect', invoking(fromEffect(() => Effect.die(boom)))],
    ['an effect that cannot be made', invoking(fromEffect(explode))],
    [
      'a defect in a finalizer',
      invoking(fromEffect(() => Effect.acquireRelease(Effect.void, () => Effect.die(boom)))),
    ],
    ['a failed stream without onError', invoking(fromEffectStream(() => Stream.fail(boom)))],
    ['a defect of a stream', invoking(fromEffectStream(() => Stream.die(boom)))],
  ]
  test.each(cases)('%s', async (_title, machine) => {
    const reason = await endOf(machine)
    expect(reason._tag).toBe('Failure')
    expect(String(reason._tag === 'Failure' && reason.error)).toContain('boom')
  })

  test('a defect passes onError by, which is for typed failures', async () => {
    const src = fromEffect(() => Effect.die(boom))
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { invoke: { src, onError: 'a' } } },
    })
    expect(await endOf(machine)).toEqual({ _tag: 'Failure', error: boom })
  })

  test('an effect that interrupts itself', async () => {
    const reason = await endOf(invoking(fromEffect(() => Effect.interrupt)))
    expect(reason).toMatchObject({ _tag: 'Failure', error: { _tag: 'EffectInterrupted' } })
  })
})

describe('is a start that failed:', () => {
  test.each<readonly [string, AnyStateMachine]>([
    ['a throw on the first entry', createMachine({ entry: explode })],
    ['a throw where the context is made', createMachine({ context: explode })],
    [
      'a machine that invokes one that cannot start',
      createMachine({ invoke: { src: createMachine({ context: explode }) } }),
    ],
  ])('%s', async (_title, machine) => {
    await using system = await ActorSystem.start({ log: 'off' })
    const spec = child({ id: 'a', behavior: behavior({ logic: machine }), input: undefined })
    const error = await Effect.runPromise(Effect.flip(system.effect.spawn(spec)))
    expect(error).toBeInstanceOf(StartFailed)
    expect(system.root.whichChildren()).toEqual([])
  })
})

test('a typed failure goes to onError and the machine lives on', async () => {
  const src = fromEffect(() => Effect.fail(boom))
  const machine = createMachine({
    initial: 'a',
    states: { a: { on: { go: 'b' } }, b: { invoke: { src, onError: 'a' } } },
  })
  expect(await endOf(machine)).toEqual({ _tag: 'Shutdown' })
})

test('a machine that throws leaves none of what it had invoked running', async () => {
  const log: string[] = []
  const machine = createMachine({
    invoke: [
      { src: fromCallback(() => () => void log.push('callback disposed')) },
      {
        src: fromPromise(
          ({ signal }) =>
            new Promise(() => signal.addEventListener('abort', () => log.push('promise aborted'))),
        ),
      },
      {
        src: fromEffect(() =>
          Effect.onInterrupt(Effect.never, () => Effect.sync(() => void log.push('effect interrupted'))),
        ),
      },
      {
        src: createMachine({
          invoke: { src: fromCallback(() => () => void log.push('nested callback disposed')) },
        }),
      },
    ],
    on: { go: { actions: explode } },
  })
  expect((await endOf(machine))._tag).toBe('Failure')
  expect(log.toSorted()).toEqual([
    'callback disposed',
    'effect interrupted',
    'nested callback disposed',
    'promise aborted',
  ])
})

describe('leaves nothing running of what it had invoked:', () => {
  const log: string[] = []
  beforeEach(() => {
    log.length = 0
  })
  const held = (name: string) => ({ src: fromCallback(() => () => void log.push(name)) })

  test('a machine that throws when it is started', async () => {
    const machine = createMachine({
      invoke: held('outer'),
      initial: 'a',
      states: { a: { invoke: held('inner'), initial: 'b', states: { b: { entry: explode } } } },
    })
    await using system = await startTestSystem()
    const spec = child({ id: 'a', behavior: behavior({ logic: machine }), input: undefined })
    await expect(system.spawn(spec)).rejects.toBeInstanceOf(StartFailed)
    expect(log.toSorted()).toEqual(['inner', 'outer'])
  })

  test('a machine within one that throws, while the one outside goes on', async () => {
    const inner = (go: object) => createMachine({ invoke: held('inner'), on: { go } })
    const outer = (src: AnyStateMachine) =>
      createMachine({
        initial: 'a',
        states: {
          a: {
            invoke: { src, id: 'in', onError: 'b' },
            on: { go: { actions: sendTo('in', { type: 'go' }) } },
          },
          b: {},
        },
      } as never)
    for (const go of [{ actions: explode }, { guard: explode }]) {
      log.length = 0
      expect(await endOf(outer(inner(go)), () => expect(log).toEqual(['inner']))).toEqual({
        _tag: 'Shutdown',
      })
    }
    log.length = 0
    const failing = createMachine({
      invoke: [held('inner'), { src: createMachine({ on: { go: { actions: explode } } }), id: 'deep' }],
      on: { go: { actions: sendTo('deep', { type: 'go' }) } },
    })
    expect(await endOf(outer(failing), () => expect(log).toEqual(['inner']))).toEqual({ _tag: 'Shutdown' })
  })
})

describe('what a machine spawns without a name is one failure for the supervisor:', () => {
  const spawning = (logic: object, then: object = {}) =>
    createMachine({
      initial: 'a',
      states: {
        a: {
          on: {
            go: {
              target: 'b',
              actions: assign(({ spawn }) => ({ inner: spawn(logic as AnyStateMachine, { id: 'in' }) })),
            },
          },
        },
        b: then,
      },
    } as never)
  const told = { entry: sendTo('in', { type: 'go' }) }
  const failing: [string, object, object?][] = [
    ['a promise that rejects', fromPromise(async () => explode())],
    ['a callback that throws', fromCallback(explode)],
    ['a callback that throws at what it is told', fromCallback(({ receive }) => receive(explode)), told],
    ['an observable that fails', fromObservable(() => failingObservable)],
    ['an observable of events that fails', fromEventObservable(() => failingObservable as never)],
    ['a transition function that throws', fromTransition(explode, 0), told],
    ['a failed effect', fromEffect(() => Effect.fail(boom))],
    ['a defect of an effect', fromEffect(() => Effect.die(boom))],
    ['a machine that throws when it is started', createMachine({ entry: explode })],
    ['a machine that throws later', createMachine({ on: { go: { actions: explode } } }), told],
    [
      'a machine whose async action rejects later',
      createMachine({ on: { go: { actions: async () => explode() } } }),
      told,
    ],
    [
      'a machine that spawns one of which this is true',
      spawning(createMachine({ on: { go: { actions: async () => explode() } } }), told),
      told,
    ],
  ]
  test.each(failing)('%s', async (_title, logic, then = {}) => {
    const reason = await endOf(spawning(logic, then))
    expect(reason._tag).toBe('Failure')
    expect(String(reason._tag === 'Failure' && reason.error)).toContain('boom')
  })

  const entering = createMachine({ entry: async () => explode() })
  test.each([
    ['spawn', spawning(entering)],
    ['spawnChild', on({ actions: spawnChild(entering) })],
    ['enqueue.spawnChild', on({ actions: enqueueActions(({ enqueue }) => enqueue.spawnChild(entering)) })],
    [
      'spawn in its first context',
      setup({}).createMachine({ context: ({ spawn }) => ({ inner: spawn(entering) }) }),
    ],
  ])(
    'a machine whose first async action rejects, by %s, where the behaviour watches for that',
    async (_how, machine) => {
      const reason = await endOf(machine, undefined, { watchInlineSpawns: true })
      expect(reason).toEqual({ _tag: 'Failure', error: boom })
    },
  )
})

test('a listener that throws harms nobody', async () => {
  await using system = await startTestSystem()
  const machine = createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } })
  const ref = await system.spawn(child({ id: 'a', behavior: behavior({ logic: machine }), input: undefined }))
  ref.subscribe(explode)
  ref.tell({ type: 'go' })
  await system.until(() => ref.getSnapshot().value === 'b')
  expect(system.root.countChildren().active).toBe(1)
})
