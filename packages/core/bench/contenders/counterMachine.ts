// The machine that plain XState and core both run: counts, answers, fails when told to.

import { assign, setup } from 'xstate'
import type { ReplyTo } from '../../src/index.ts'

export type Message =
  | { readonly type: 'add' }
  | { readonly type: 'get'; readonly replyTo: ReplyTo<number> }
  | { readonly type: 'last'; readonly done: () => void }
  | { readonly type: 'crash' }

export const counterMachine = setup({
  types: { context: {} as { count: number }, events: {} as Message },
}).createMachine({
  context: { count: 0 },
  initial: 'counting',
  states: {
    counting: {
      on: {
        add: { actions: assign({ count: ({ context }) => context.count + 1 }) },
        get: { actions: ({ event, context }) => event.replyTo.succeed(context.count) },
        last: { actions: ({ event }) => event.done() },
        crash: {
          actions: () => {
            throw crash
          },
        },
      },
    },
  },
})

/** One error for all crashes: no contender pays for stack traces. */
export const crash = new Error('crashed on purpose')
