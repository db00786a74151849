// With a kept state, a crash is not to be seen: an actor that crashes at random goes through the same states at the
// same times as its twin that never does.

import { Schema } from 'effect'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign, raise, setup } from 'xstate'
import { behavior, child, supervisor } from '../../src/index.ts'
import { startTestSystem } from '../../src/testing/index.ts'

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

test('an actor that keeps its state goes on as if it had not crashed', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async script => {
      await using system = await startTestSystem()
      const twin = (id: string) => child({ id, behavior: behavior({ logic: machine, keep }) })
      const sup = await system.spawn(
        supervisor({ id: 'sup', intensity: 1000, children: [twin('crashing'), twin('steady')] }),
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
    }),
    { numRuns: 60 },
  )
})
