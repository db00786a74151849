// The actor of the tests about messages: counts, answers, waits, and can be made to fail.

import { assign, setup } from 'xstate'
import { behavior, type ReplyTo } from '../src/index.ts'

export type Count =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'get'; readonly replyTo: ReplyTo<number> }
  | { readonly type: 'refuse'; readonly replyTo: ReplyTo<number> }
  | { readonly type: 'keep'; readonly replyTo: ReplyTo<number> }
  | { readonly type: 'crash'; readonly replyTo?: ReplyTo<number> }
  | { readonly type: 'close' }
  | { readonly type: 'open' }
  | { readonly type: 'ignored' }

export const counter = setup({
  types: { context: {} as { count: number; seen: readonly number[] }, events: {} as Count },
}).createMachine({
  context: { count: 0, seen: [] },
  initial: 'open',
  on: {
    get: { actions: ({ event, context }) => event.replyTo.succeed(context.count) },
    refuse: { actions: ({ event }) => event.replyTo.fail('refused') },
    keep: {},
    ignored: {},
    crash: {
      actions: () => {
        throw new Error('crashed on purpose')
      },
    },
  },
  states: {
    open: {
      on: {
        add: {
          actions: assign({
            count: ({ context, event }) => context.count + event.by,
            seen: ({ context, event }) => [...context.seen, event.by],
          }),
        },
        close: 'closed',
      },
    },
    closed: { on: { open: 'open' } },
  },
})

export const counting = behavior({ logic: counter })
export const get = (replyTo: ReplyTo<number>): Count => ({ type: 'get', replyTo })
export const add = (by: number): Count => ({ type: 'add', by })
