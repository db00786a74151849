// With a kept state, a crash is not to be seen: an actor that crashes at random goes through the same states at the
// same times as its twin that never does, whatever its store does.

import { Schema } from 'effect'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign, raise, setup } from 'xstate'
import {
  behavior,
  child,
  type KeepOptions,
  type KeptSnapshot,
  type SnapshotStore,
  supervisor,
} from '../../src/index.ts'
import { makeFaults, startTestSystem } from '../../src/testing/index.ts'

type Message = { readonly type: 'a' | 'b' | 'later' | 'tick' | 'crash' }

const blinker = setup({}).createMachine({
  initial: 'on',
  states: { on: { after: { 300: 'off' } }, off: { after: { 500: 'on' } } },
})

const machine = setup({
  types: { context: {} as { a: number; ticks: number; timeouts: number }, events: {} as Message },
  actors: { blinker },
}).createMachine({
  context: { a: 0, ticks: 0, timeouts: 0 },
  invoke: { src: 'blinker', id: 'blinker' },
  type: 'parallel',
  on: {
    a: { actions: assign({ a: ({ context }) => context.a + 1 }) },
    later: { actions: raise({ type: 'tick' }, { delay: 700 }) },
    tick: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) },
    crash: {
      actions: () => {
        throw new Error('crash')
      },
    },
  },
  states: {
    left: {
      initial: 'x',
      states: {
        x: { on: { b: 'y' } },
        y: {
          on: { b: 'x' },
          after: {
            1000: {
              target: 'x',
              actions: assign({ timeouts: ({ context }) => context.timeouts + 1 }),
            },
          },
        },
      },
    },
    right: {
      initial: 'p',
      states: { p: { after: { 250: 'q' } }, q: { initial: 'r', states: { r: { on: { a: 's' } }, s: {} } } },
    },
  },
})

const keep = {
  version: '1',
  context: Schema.Struct({ a: Schema.Number, ticks: Schema.Number, timeouts: Schema.Number }),
}

interface State {
  readonly value: unknown
  readonly context: unknown
  readonly children: Record<string, { getSnapshot(): { readonly value: unknown } } | undefined>
}

const steps = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'b', 'later', 'crash', 'crash'),
    fc.integer({ min: 0, max: 8 }).map(tenths => tenths * 50),
  ),
  { maxLength: 25 },
)

type Script = readonly (string | number)[]

/** Sends the script to an actor, and to its twin without the crashes, and holds that they look alike after each step. */
async function expectAlike(script: Script, keepOfCrashing: KeepOptions = keep): Promise<void> {
  await using system = await startTestSystem()
  const twin = (id: string, kept: KeepOptions) =>
    child({ id, behavior: behavior({ logic: machine, keep: kept }) })
  const sup = await system.spawn(
    supervisor({
      id: 'sup',
      intensity: 1000,
      children: [twin('crashing', keepOfCrashing), twin('steady', keep)],
    }),
  )
  const crashing = sup.child<Message, State>('crashing')
  const steady = sup.child<Message, State>('steady')
  const seen = (state: State | undefined) => [
    state?.value,
    state?.context,
    state?.children['blinker']?.getSnapshot().value,
  ]
  for (const step of script) {
    if (typeof step === 'number') await system.advance(step)
    else {
      crashing?.tell({ type: step as Message['type'] })
      if (step !== 'crash') steady?.tell({ type: step as Message['type'] })
      await system.settle()
    }
    expect(seen(crashing?.getSnapshot())).toEqual(seen(steady?.getSnapshot()))
  }
}

// As long as it takes on a machine that has more to do: what is held is what happens, not how fast.
const patience = { timeout: 180_000 }

test('an actor that keeps its state goes on as if it had not crashed', patience, async () => {
  await fc.assert(
    fc.asyncProperty(steps, script => expectAlike(script)),
    { numRuns: 60 },
  )
})

test('and so it does over a store that fails at random', patience, async () => {
  const runs = fc.tuple(steps, fc.integer({ min: 0, max: 2 ** 31 }))
  await fc.assert(
    fc.asyncProperty(runs, ([script, seed]) =>
      expectAlike(script, { ...keep, store: failingAtRandom(seed) }),
    ),
    { numRuns: 30 },
  )
})

function failingAtRandom(seed: number): SnapshotStore {
  const { random } = makeFaults(seed)
  let stored: KeptSnapshot | undefined
  let calls = 0
  const perhaps = () => {
    calls += 1
    // The first is that of the first start, which nobody would try again.
    if (calls > 1 && random() < 0.4) throw new Error('the store failed')
  }
  return {
    load: () => {
      perhaps()
      return stored
    },
    save: (_path, kept) => {
      perhaps()
      stored = kept
    },
    drop: () => {
      perhaps()
      stored = undefined
    },
  }
}
