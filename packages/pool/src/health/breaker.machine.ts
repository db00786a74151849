// A circuit breaker (Nygard, "Release It!"): closed while things go well, open after failures in a row, half-open after
// a rest, when a few trials decide. The machine holds what a person wants to see; what counts as a failure is told to
// it, and who may pass is read from its state.

import { assign, type SnapshotFrom, setup } from 'xstate'

export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly failures: number
  /** How long it stays open, in milliseconds. */
  readonly openMs: number
  /** Trials that it admits half-open, and successes that close it. */
  readonly trials: number
}

export const defaultBreaker: BreakerPolicy = { failures: 5, openMs: 30_000, trials: 3 }

export interface BreakerContext {
  readonly policy: BreakerPolicy
  readonly consecutiveFailures: number
  /** Half-open: admitted and not ended, and ended well. */
  readonly trials: number
  readonly successes: number
  readonly timesOpened: number
  /** Since it was last closed: more than 1 means that rest and trials did not help. */
  readonly openings: number
}

export type BreakerEvent =
  | { readonly type: 'success' }
  | { readonly type: 'failure' }
  /** A request was given to what it guards. */
  | { readonly type: 'admitted' }
  /** What was admitted ended for a reason that says nothing: its caller gave up, its input was wrong. */
  | { readonly type: 'noVerdict' }

const rested = { consecutiveFailures: 0, trials: 0, successes: 0 }

export const breakerMachine = setup({
  types: {} as { input: BreakerPolicy; context: BreakerContext; events: BreakerEvent },
  delays: { rest: ({ context }) => context.policy.openMs },
  guards: {
    isLastStraw: ({ context }) => context.consecutiveFailures + 1 >= context.policy.failures,
    isProven: ({ context }) => context.successes + 1 >= context.policy.trials,
  },
  actions: {
    countFailure: assign({ consecutiveFailures: ({ context }) => context.consecutiveFailures + 1 }),
    countSuccess: assign({
      successes: ({ context }) => context.successes + 1,
      trials: ({ context }) => Math.max(0, context.trials - 1),
    }),
    countTrial: assign({ trials: ({ context }) => context.trials + 1 }),
    takeTrialBack: assign({ trials: ({ context }) => Math.max(0, context.trials - 1) }),
    forget: assign(rested),
    countOpening: assign({
      timesOpened: ({ context }) => context.timesOpened + 1,
      openings: ({ context }) => context.openings + 1,
    }),
    countFromNone: assign({ openings: 0 }),
  },
}).createMachine({
  id: 'breaker',
  context: ({ input }) => ({ policy: input, ...rested, timesOpened: 0, openings: 0 }),
  initial: 'closed',
  states: {
    closed: {
      entry: ['forget', 'countFromNone'],
      on: {
        admitted: {},
        noVerdict: {},
        success: { actions: 'forget' },
        failure: [{ guard: 'isLastStraw', target: 'open' }, { actions: 'countFailure' }],
      },
    },
    open: {
      entry: ['forget', 'countOpening'],
      // What was given before it opened ends now; it says nothing new.
      on: { success: {}, failure: {}, noVerdict: {}, admitted: {} },
      after: { rest: 'halfOpen' },
    },
    halfOpen: {
      on: {
        admitted: { actions: 'countTrial' },
        noVerdict: { actions: 'takeTrialBack' },
        success: [{ guard: 'isProven', target: 'closed' }, { actions: 'countSuccess' }],
        failure: 'open',
      },
    },
  },
})

export type BreakerSnapshot = SnapshotFrom<typeof breakerMachine>

/** Whether what it guards may be given work: `trial` admits few. */
export type Passage = 'free' | 'trial' | 'barred'

export function passageOf({ value, context }: BreakerSnapshot): Passage {
  if (value === 'closed') return 'free'
  if (value === 'open') return 'barred'
  return context.trials + context.successes < context.policy.trials ? 'trial' : 'barred'
}
