// Restart from a kept snapshot: what goes on, what begins anew, and what is refused.

import { Effect, Schema } from 'effect'
import { describe, expect, test } from 'vitest'
import { assign, createMachine, raise, setup } from 'xstate'
import {
  type Behavior,
  behavior,
  child,
  fromEffect,
  type KeepOptions,
  type KeptSnapshot,
  type SnapshotStore,
  supervisor,
} from '../src/index.ts'
import { fitSnapshot } from '../src/SnapshotFit.ts'
import { startTestSystem, type TestSystem } from '../src/testing/index.ts'

type Message =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'crash' }
  | { readonly type: 'crashFromNowOn' }
  | { readonly type: 'arm' }
  | { readonly type: 'spoil' }
  | { readonly type: 'finish' }

const boom = () => {
  throw new Error('boom')
}

const starts: string[] = []
const hold = fromEffect(() => Effect.never)
const machine = setup({
  types: { context: {} as { count: number; ticks: number }, events: {} as Message },
  actors: {
    hold: fromEffect(() =>
      Effect.andThen(
        Effect.sync(() => void starts.push('hold')),
        Effect.never,
      ),
    ),
    clock: setup({
      types: { context: {} as { ticks: number } },
    }).createMachine({
      context: { ticks: 0 },
      initial: 'waiting',
      states: { waiting: { after: { 10000: 'rung' } }, rung: {} },
    }),
  },
}).createMachine({
  context: { count: 0, ticks: 0 },
  initial: 'idle',
  on: {
    add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) },
    crash: { actions: boom },
    spoil: { actions: assign({ count: () => 'many' as unknown as number }) },
    finish: '.done',
  },
  states: {
    idle: { on: { arm: 'armed', crashFromNowOn: 'broken' } },
    armed: {
      invoke: [{ src: 'hold' }, { src: 'clock', id: 'clock' }],
      after: { 5000: { target: 'idle', actions: assign({ ticks: ({ context }) => context.ticks + 1 }) } },
    },
    broken: { after: { 1000: { actions: boom } } },
    done: { type: 'final' },
  },
})

const Context = Schema.Struct({ count: Schema.Number, ticks: Schema.Number })
const keeping = (keep: Partial<KeepOptions> = {}) =>
  behavior({ logic: machine, keep: { version: '1', context: Context, ...keep } })

async function run(keep?: Partial<KeepOptions>) {
  const system = await startTestSystem()
  const spec = supervisor({
    id: 'sup',
    intensity: 100,
    children: [child({ id: 'a', behavior: keeping(keep) })],
  })
  const sup = await system.spawn(spec)
  const ref = sup.child<Message, { value: string; context: { count: number; ticks: number } }>('a')
  if (ref === undefined) throw new Error('no child')
  const tell = async (...messages: readonly Message[]) => {
    for (const message of messages) ref.tell(message)
    await system.settle()
  }
  const state = () => [ref.getSnapshot().value, ref.getSnapshot().context.count] as const
  return { system, sup, ref, tell, state, [Symbol.asyncDispose]: () => system.stop() }
}

const add = (by: number): Message => ({ type: 'add', by })

describe('a behaviour that keeps its state', () => {
  test('goes on from before the message that it failed with', async () => {
    await using it = await run()
    await it.tell(add(2), { type: 'arm' }, add(3), { type: 'crash' }, add(10))
    expect(it.state()).toEqual(['armed', 15])
  })

  test('has its timers again with what remained of them, those of invoked machines too', async () => {
    await using it = await run()
    await it.tell({ type: 'arm' })
    await it.system.advance(3000)
    await it.tell({ type: 'crash' })
    await it.system.advance(1999)
    expect(it.state()).toEqual(['armed', 0])
    await it.system.advance(1)
    expect(it.state()).toEqual(['idle', 0])
    expect(it.ref.getSnapshot().context.ticks).toBe(1)
    await it.tell({ type: 'arm' })
    await it.system.advance(4000)
    await it.tell({ type: 'crash' }, { type: 'crash' })
    expect(it.system.virtual.pending).toBe(2)
    await it.system.advance(999)
    expect(it.state()[0]).toBe('armed')
  })

  test('lets time pass for its timers while it waits to be restarted', async () => {
    await using system = await startTestSystem()
    const store = storeOf()
    const spec = child({ id: 'a', restart: 'temporary', behavior: keeping({ store }) })
    const first = await system.spawn(spec)
    first.tell({ type: 'arm' })
    await system.settle()
    await first.stop()
    await system.advance(4000)
    const again = await system.spawn(spec)
    expect(again.getSnapshot()).toMatchObject({ value: 'armed' })
    await system.advance(999)
    expect(again.getSnapshot()).toMatchObject({ value: 'armed' })
    await system.advance(1)
    expect(again.getSnapshot()).toMatchObject({ value: 'idle' })
  })

  test('is there again in the next system over the same store, for a child that its tree describes', async () => {
    const store = storeOf()
    const tree = supervisor({ id: 'sup', children: [child({ id: 'a', behavior: keeping({ store }) })] })
    for (const expected of ['idle', 'armed']) {
      await using system = await startTestSystem({ children: [tree] })
      const ref = system.lookup<Message>('/sup/a')
      expect(ref?.getSnapshot()).toMatchObject({ value: expected })
      ref?.tell({ type: 'arm' })
      await system.settle()
    }
  })

  test('has delayed events without a name again too, each once', async () => {
    await using system = await startTestSystem()
    const got: number[] = []
    type Later = { readonly type: 'later' | 'crash' } | { readonly type: 'come'; readonly id: number }
    let id = 0
    const delaying = setup({ types: { events: {} as Later } }).createMachine({
      on: {
        later: { actions: raise(() => ({ type: 'come' as const, id: id++ }), { delay: 1000 }) },
        come: { actions: ({ event }) => void got.push(event.id) },
        crash: { actions: boom },
      },
    })
    const keep = { version: '1', context: Schema.Unknown }
    const sup = await system.spawn(
      supervisor({
        id: 'sup',
        intensity: 9,
        children: [child({ id: 'a', behavior: behavior({ logic: delaying, keep }) })],
      }),
    )
    const a = sup.child<Later>('a')
    for (const wait of [400, 400, 400, 400]) {
      a?.tell({ type: 'later' })
      a?.tell({ type: 'crash' })
      await system.advance(wait)
    }
    await system.advance(2000)
    expect(got).toEqual([0, 1, 2, 3])
  })

  test('begins anew what it had invoked', async () => {
    await using it = await run()
    starts.length = 0
    await it.tell({ type: 'arm' }, { type: 'crash' })
    expect(starts).toEqual(['hold', 'hold'])
  })

  test('begins from the beginning when the restored state fails before it has changed', async () => {
    await using it = await run()
    await it.tell(add(7), { type: 'crashFromNowOn' })
    await it.system.advance(1000)
    // Restored, with its timer due at once, it failed again at once: the third incarnation is a new one.
    expect(it.state()).toEqual(['idle', 0])
    expect(epochs(it.system)).toBe(3)
  })

  test('begins from the beginning after a normal end, and when its supervisor was restarted', async () => {
    await using it = await run()
    await it.tell(add(1), { type: 'finish' })
    expect(it.state()).toEqual(['idle', 0])
    await using system = await startTestSystem()
    const inner = supervisor({
      id: 'in',
      intensity: 0,
      children: [child({ id: 'a', behavior: keeping() })],
    })
    const top = await system.spawn(supervisor({ id: 'top', intensity: 9, children: [inner] }))
    const ref = top.childSupervisor('in')?.child<Message>('a')
    ref?.tell(add(1))
    ref?.tell({ type: 'crash' })
    await system.settle()
    expect(ref?.getSnapshot()).toMatchObject({ context: { count: 0 } })
  })

  test('goes on also when it is restarted with a sibling', async () => {
    await using system = await startTestSystem()
    const sup = await system.spawn(
      supervisor({
        id: 'sup',
        strategy: 'one_for_all',
        intensity: 9,
        children: [
          child({ id: 'a', behavior: keeping() }),
          child({ id: 'b', behavior: behavior({ logic: machine }) }),
        ],
      }),
    )
    sup.child<Message>('a')?.tell(add(4))
    sup.child<Message>('b')?.tell(add(4))
    await system.settle()
    sup.child<Message>('b')?.tell({ type: 'crash' })
    await system.settle()
    expect(sup.child('a')?.getSnapshot()).toMatchObject({ context: { count: 4 } })
    expect(sup.child('b')?.getSnapshot()).toMatchObject({ context: { count: 0 } })
  })
})

function storeOf(given?: KeptSnapshot): SnapshotStore & { readonly kept: () => KeptSnapshot | undefined } {
  let kept = given
  return {
    kept: () => kept,
    load: () => kept,
    save: (_path, next) => {
      kept = next
    },
    drop: () => {
      kept = undefined
    },
  }
}

const epochs = (system: TestSystem) =>
  system.inspected.filter(event => event._tag === 'ActorStarted' && event.path === '/sup/a').length

/** What a machine of version 1 keeps in the state `armed`. */
async function keptWhileArmed(): Promise<KeptSnapshot> {
  await using system = await startTestSystem()
  const store = storeOf()
  const ref = await system.spawn(child({ id: 'a', behavior: keeping({ store }) }))
  ref.tell({ type: 'arm' })
  await system.settle()
  await ref.stop()
  const kept = store.kept()
  if (kept === undefined) throw new Error('nothing was kept')
  return kept
}

describe('is refused, with the reason:', () => {
  const changed = (without: 'state' | 'actor') =>
    setup({ actors: (without === 'actor' ? {} : { hold }) as { hold: typeof hold } }).createMachine({
      context: { count: 0, ticks: 0 },
      initial: 'idle',
      states: { idle: {}, ...(without === 'state' ? {} : { armed: {} }) },
    })
  const cases: readonly (readonly [string, Behavior<never>, RegExp])[] = [
    ['a snapshot of another version', keeping({ version: '2' }), /version 1.*version 2/],
    [
      'a state that the machine no longer has',
      behavior({ logic: changed('state'), keep: { version: '1', context: Context } }),
      /no state "armed"/,
    ],
    [
      'an invoked actor that the machine no longer has',
      behavior({ logic: changed('actor'), keep: { version: '1', context: Context } }),
      /no actor "hold"/,
    ],
    [
      'a context that does not fit the schema',
      keeping({ context: Schema.Struct({ count: Schema.String }) }),
      /does not fit/,
    ],
  ]
  test.each(cases)('%s', async (_title, given, problem) => {
    const kept = await keptWhileArmed()
    await using system = await startTestSystem()
    const keep = given.keep && { ...given.keep, store: storeOf(kept) }
    const spec = child({ id: 'a', behavior: { ...given, keep } as Behavior<never, unknown, undefined> })
    const error = await Effect.runPromise(Effect.flip(system.effect.spawn(spec)))
    expect(error).toMatchObject({ _tag: 'StartFailed', error: { _tag: 'SnapshotRefused' } })
    expect(String(error)).toMatch(problem)
    const initial = { ...given, keep: keep && { ...keep, otherwise: 'initial' } }
    const ref = await system.spawn(
      child({ id: 'a', behavior: initial as Behavior<never, { value: unknown }, undefined> }),
    )
    expect(ref.getSnapshot().value).toBe('idle')
  })

  test('a parallel machine with other regions, and a state that has states within it now', async () => {
    const fits = (config: object, value: unknown) =>
      fitSnapshot(
        createMachine(config),
        { version: '1', at: 0, timers: [], snapshot: { status: 'active', value, children: {} } },
        { version: '1', context: Schema.Unknown },
      )
    const regions = { type: 'parallel', states: { a: {}, b: {} } }
    expect(fits(regions, { a: {}, b: {} })._tag).toBe('Fits')
    expect(fits(regions, { a: {} })).toMatchObject({ problem: 'the machine has other regions now' })
    const nested = { initial: 'a', states: { a: { initial: 'b', states: { b: {} } } } }
    expect(fits(nested, { a: 'b' })._tag).toBe('Fits')
    expect(fits(nested, 'a')).toMatchObject({ problem: 'the state "a" has states within it now' })
  })

  test('a context that is already wrong when it is to be kept: the restart fails', async () => {
    await using it = await run()
    await it.tell({ type: 'spoil' }, { type: 'crash' })
    await it.system.settle()
    // Each attempt to start is refused, until the supervisor gives up and begins anew.
    expect(it.system.inspected.map(event => event._tag)).toContain('ActorRestarted')
    expect(it.state()).toEqual(['idle', 0])
  })
})

test('an older snapshot is upgraded where the behaviour knows how', async () => {
  const kept = await keptWhileArmed()
  await using system = await startTestSystem()
  const upgrade = (older: KeptSnapshot): KeptSnapshot => ({
    ...older,
    version: '2',
    snapshot: { ...(older.snapshot as object), context: { count: 41, ticks: 0 } },
  })
  const given = keeping({ version: '2', store: storeOf(kept), upgrade })
  const ref = await system.spawn(child({ id: 'a', behavior: given }))
  ref.tell(add(1))
  await system.settle()
  expect(ref.getSnapshot()).toMatchObject({ value: 'armed', context: { count: 42 } })
})
