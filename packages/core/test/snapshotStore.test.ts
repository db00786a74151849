// Stores of kept snapshots: what they do wrong is typed, told, and mended by the next thing that they do right; what
// they give after a restart of the process is of the right time, and of this machine.

import { Effect, Schema } from 'effect'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assign, createMachine, setup } from 'xstate'
import {
  behavior,
  child,
  fromEffect,
  type KeepOptions,
  type KeptSnapshot,
  type LogRecord,
  type SnapshotStore,
  StoreFailed,
  supervisor,
} from '../src/index.ts'
import { startTestSystem } from '../src/testing/index.ts'

type Message = { readonly type: 'add' | 'crash' | 'arm' | 'finish' }

const machine = setup({
  types: { context: {} as { count: number }, events: {} as Message },
}).createMachine({
  context: { count: 0 },
  initial: 'idle',
  on: {
    add: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    crash: {
      actions: () => {
        throw new Error('crash')
      },
    },
    finish: '.done',
  },
  states: { idle: { on: { arm: 'armed' } }, armed: { after: { 5000: 'idle' } }, done: { type: 'final' } },
})
const Context = Schema.Struct({ count: Schema.Number })
const keep = { version: '1', context: Context } as const

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

type Call = 'load' | 'save' | 'drop'
interface FlakyStore extends SnapshotStore {
  readonly failing: Set<Call>
  kept: KeptSnapshot | undefined
}

function flakyStore(...failing: readonly Call[]): FlakyStore {
  const perhaps = (call: Call) => {
    if (store.failing.has(call)) throw new Error(`disk: ${call}`)
  }
  const store: FlakyStore = {
    failing: new Set(failing),
    kept: undefined,
    load: () => {
      perhaps('load')
      return store.kept
    },
    save: (_path, kept) => {
      perhaps('save')
      store.kept = kept
    },
    drop: () => {
      perhaps('drop')
      store.kept = undefined
    },
  }
  return store
}

async function run(store: SnapshotStore, options: Partial<KeepOptions> = {}) {
  const records: LogRecord[] = []
  const system = await startTestSystem({ log: record => void records.push(record) })
  const described = behavior({ logic: machine, keep: { ...keep, ...options, store } })
  const sup = await system.spawn(
    supervisor({ id: 'sup', intensity: 5, children: [child({ id: 'a', behavior: described })] }),
  )
  const tell = async (...types: readonly Message['type'][]) => {
    for (const type of types) sup.child<Message>('a')?.tell({ type })
    await system.settle()
  }
  const count = () => sup.child<Message, { context: { count: number } }>('a')?.getSnapshot().context.count
  const failures = () =>
    system.inspected.flatMap(event => (event._tag === 'StoreFailed' ? [event.error] : []))
  const said = () => records.map(({ message }) => message).filter(message => message.includes('store'))
  return { system, sup, tell, count, failures, said, [Symbol.asyncDispose]: () => system.stop() }
}

describe('a store that throws', () => {
  test('while it saves: the actor goes on from memory, it is told, and the next save mends the store', async () => {
    const store = flakyStore('save')
    await using it = await run(store)
    await it.tell('add', 'add', 'crash')
    expect(it.count()).toBe(2)
    expect(store.kept).toBeUndefined()
    expect(it.failures()).toEqual([
      expect.objectContaining({ _tag: 'StoreFailed', path: '/sup/a', during: 'save' }),
      expect.anything(),
    ])
    expect(it.failures()[0]).toBeInstanceOf(StoreFailed)
    expect(it.said()[0]).toMatch(/the store of \/sup\/a failed to save its snapshot: Error: disk: save/)
    store.failing.clear()
    await it.tell('add', 'crash')
    expect(it.count()).toBe(3)
    expect(store.kept?.snapshot).toMatchObject({ context: { count: 3 } })
    expect(it.failures()).toHaveLength(2)
  })

  test('while it saves, and mends itself: what it could not save is saved when the actor is started again', async () => {
    const store = flakyStore('save')
    await using it = await run(store)
    await it.tell('add')
    it.system.events.subscribe(event => {
      if (event._tag === 'StoreFailed') store.failing.clear()
    })
    await it.tell('crash')
    expect(store.kept?.snapshot).toMatchObject({ context: { count: 1 } })
  })

  test('while it loads: the start fails with a typed error, and is tried again', async () => {
    const store = flakyStore()
    await using it = await run(store)
    await it.tell('add')
    store.failing.add('load')
    it.system.events.subscribe(event => {
      if (event._tag === 'StoreFailed') store.failing.clear()
    })
    await it.tell('crash')
    expect(it.count()).toBe(1)
    expect(it.failures()).toMatchObject([{ during: 'load' }])
    store.failing.add('load')
    const spec = child({
      id: 'b',
      behavior: behavior({ logic: machine, keep: { ...keep, store, otherwise: 'initial' } }),
    })
    await expect(it.sup.startChild(spec)).rejects.toMatchObject({
      _tag: 'StartFailed',
      error: { _tag: 'StoreFailed', during: 'load', error: new Error('disk: load') },
    })
  })

  test('while it drops: the actor begins anew all the same, and the next drop mends the store', async () => {
    const store = flakyStore()
    await using it = await run(store)
    await it.tell('add', 'crash')
    store.failing.add('drop')
    await it.tell('finish')
    expect(it.count()).toBe(0)
    expect(store.kept?.snapshot).toMatchObject({ context: { count: 1 } })
    expect(it.failures()).toMatchObject([{ during: 'drop' }, { during: 'drop' }])
    store.failing.clear()
    await it.tell('finish')
    expect(store.kept).toBeUndefined()
  })

  test('at all times: the system stops, and no actor is left', async () => {
    const store = flakyStore('save', 'drop')
    const it = await run(store)
    await it.tell('add')
    await it.system.stop()
    expect(it.failures()).toMatchObject([{ during: 'save' }])
    expect(await it.system.terminated).toEqual({ _tag: 'Shutdown' })
    expect(it.system.lookup('/sup/a')).toBeUndefined()
  })

  test('as a promise that rejects: told, and no unhandled rejection', async () => {
    const store: SnapshotStore = { ...flakyStore(), save: async () => Promise.reject(new Error('later')) }
    await using it = await run(store)
    await it.tell('add', 'crash')
    expect(it.failures()).toMatchObject([{ during: 'save', error: new Error('later') }])
  })
})

describe('what a store gives that is no snapshot of this machine is refused, with the reason:', () => {
  const startWith = async (given: unknown, logic = machine as never, more: Partial<KeepOptions> = {}) => {
    await using system = await startTestSystem()
    const store = { ...flakyStore(), load: () => given as KeptSnapshot }
    const spec = child({
      id: 'a',
      behavior: behavior({ logic, keep: { ...keep, ...more, store } }),
    } as never)
    return Effect.runPromise(Effect.flip(system.effect.spawn(spec as never)))
  }
  const kept = async (): Promise<KeptSnapshot> => {
    const store = flakyStore()
    await using it = await run(store)
    await it.tell('arm')
    await it.system.stop()
    if (store.kept === undefined) throw new Error('nothing was kept')
    return store.kept
  }

  test.each<readonly [string, unknown]>([
    ['a promise', Promise.resolve(undefined)],
    ['text', '{"version":"1"}'],
    ['an object of another kind', { version: '1' }],
    [
      'a state of another shape',
      { version: '1', at: 0, timers: [], snapshot: { status: 'active', value: 7 } },
    ],
  ])('%s', async (_title, given) => {
    expect(await startWith(given)).toMatchObject({ _tag: 'StartFailed', error: { _tag: 'SnapshotRefused' } })
  })

  test('an upgrade that throws', async () => {
    const upgrade = () => {
      throw new Error('cannot')
    }
    const error = await startWith(await kept(), machine as never, { version: '2', upgrade })
    expect(String(error)).toContain('its upgrade failed: Error: cannot')
  })

  const changed = (armed: object) =>
    setup({
      types: { context: {} as { count: number } },
      actors: { hold: fromEffect(() => Effect.never) },
    }).createMachine({
      context: { count: 0 },
      initial: 'idle',
      states: { idle: {}, armed },
    } as never) as never
  test.each<readonly [string, object, RegExp]>([
    [
      'a state that has gained a timer',
      { after: { 5000: 'idle', 7000: 'idle' } },
      /gained after 7000 in "armed"/,
    ],
    [
      'a state whose timer has another delay',
      { after: { 6000: 'idle' } },
      /gained after 6000.*lost after 5000/,
    ],
    ['a state that has lost its timer', {}, /lost after 5000 in "armed"/],
    [
      'a state that has gained an invoked actor',
      { after: { 5000: 'idle' }, invoke: { src: 'hold', id: 'held' } },
      /gained invoke "held" in "armed"/,
    ],
    [
      'a state that has gained a transition without an event',
      { after: { 5000: 'idle' }, always: 'idle' },
      /gained always in "armed"/,
    ],
  ])('%s', async (_title, armed, problem) => {
    expect(String(await startWith(await kept(), changed(armed)))).toMatch(problem)
  })

  test('the same in a machine that it invokes, by name or inline', async () => {
    const inner = (after: object) =>
      createMachine({ id: 'in', initial: 'x', states: { x: { after } } } as never)
    const outer = (src: unknown) =>
      setup({ actors: { named: inner({ 1000: 'x' }) } as never }).createMachine({
        context: { count: 0 },
        invoke: { src, id: 'inner' },
      } as never) as never
    for (const how of ['named', 'inline']) {
      const store = flakyStore()
      const logic = (delay: number) =>
        how === 'inline'
          ? outer(inner({ [delay]: 'x' }))
          : (outer('named') as { provide(given: object): never }).provide({
              actors: { named: inner({ [delay]: 'x' }) },
            })
      await using system = await startTestSystem()
      const spec = (delay: number) =>
        child({
          id: 'a',
          restart: 'temporary',
          behavior: behavior({ logic: logic(delay), keep: { ...keep, store } }),
          input: undefined,
        } as never)
      await (await system.spawn(spec(1000))).stop()
      const error = await system.spawn(spec(2000)).catch(given => given)
      expect(String(error)).toMatch(/gained after 2000 in "x" of "inner"/)
      await system.spawn(spec(1000))
    }
  })

  test('but not a timer that had fired and left its state, nor an upgrade that sets what is new', async () => {
    const ticking = createMachine({
      context: { count: 0 },
      initial: 'a',
      states: { a: { after: { 100: { actions: assign({ count: 1 }) } } } },
    } as never)
    const store = flakyStore()
    await using system = await startTestSystem()
    const spec = child({
      id: 't',
      restart: 'temporary',
      behavior: behavior({ logic: ticking, keep: { ...keep, store } }),
      input: undefined,
    })
    const ref = await system.spawn(spec)
    await system.advance(200)
    await ref.stop()
    expect((await system.spawn(spec)).getSnapshot()).toMatchObject({ context: { count: 1 } })

    const upgrade = (older: KeptSnapshot): KeptSnapshot => {
      const type = 'xstate.after.9000.(machine).armed'
      const added = { source: [], target: [], id: type, event: { type }, remainingMs: 9000 }
      const { declares: _gone, ...rest } = older
      return { ...rest, version: '2', timers: [added] }
    }
    const given = { ...keep, version: '2', store: { ...flakyStore(), load: () => snapshot }, upgrade }
    const snapshot = await kept()
    await using later = await startTestSystem()
    const logic = changed({ after: { 9000: 'idle' } })
    const upgraded = await later.spawn(
      child({ id: 'u', behavior: behavior({ logic, keep: given }) } as never),
    )
    await later.advance(8999)
    expect(upgraded.getSnapshot()).toMatchObject({ value: 'armed' })
    await later.advance(1)
    expect(upgraded.getSnapshot()).toMatchObject({ value: 'idle' })
  })
})

describe('timers over a start of the process', () => {
  /** Arms a timer of 5 s, stops after `ranMs`, and starts anew in a system whose clock begins at `startsAt`. */
  const restarted = async (ranMs: number, startsAt: number) => {
    const store = flakyStore()
    const spec = child({ id: 'a', behavior: behavior({ logic: machine, keep: { ...keep, store } }) })
    {
      await using before = await startTestSystem({ startsAt: 1_000_000, children: [spec] })
      before.lookup<Message>('/a')?.tell({ type: 'arm' })
      await before.advance(ranMs)
    }
    const system = await startTestSystem({ startsAt, children: [spec] })
    return { system, state: () => system.lookup<never, { value: string }>('/a')?.getSnapshot().value }
  }

  test.each([
    ['have what remained of them, less the time in which the process was down', 3_000, 1_004_000, 1_000],
    ['are due at once where that has passed', 3_000, 1_009_000, 0],
    ['have all that remained of them where the clock of the host went back', 3_000, 500_000, 2_000],
  ])('%s', async (_title, ranMs, startsAt, remainingMs) => {
    const { system, state } = await restarted(ranMs, startsAt)
    if (remainingMs > 0) {
      await system.advance(remainingMs - 1)
      expect(state()).toBe('armed')
    }
    await system.advance(1)
    expect(state()).toBe('idle')
    await system.stop()
  })

  test('do not mind a jump of the clock of the host within a process', async () => {
    await using system = await startTestSystem({ startsAt: 1_000_000 })
    const store = flakyStore()
    const spec = child({
      id: 'a',
      restart: 'temporary',
      behavior: behavior({ logic: machine, keep: { ...keep, store } }),
    })
    const ref = await system.spawn(spec)
    ref.tell({ type: 'arm' })
    await system.settle()
    await ref.stop()
    system.virtual.jump(3_600_000)
    const again = await system.spawn(spec)
    await system.advance(4999)
    expect(again.getSnapshot()).toMatchObject({ value: 'armed' })
    await system.advance(1)
    expect(again.getSnapshot()).toMatchObject({ value: 'idle' })
  })
})
