// The life of the scaler: it watches, steps out or in, and watches again. The machine holds what a person
// wants to see (the target, the last decision and why); sampling and stepping are actors supplied where it is
// wired, and how many connections there should be is `decide`'s.

import { fromEffect, fromEffectStream } from '@shoal/core'
import { Effect, Stream } from 'effect'
import { assign, setup } from 'xstate'
import { type Decision, decide, type Sample, type ScalingPolicy } from './decide.ts'

export interface ScalerInput {
  readonly policy: ScalingPolicy
}

export interface ScalerContext {
  readonly policy: ScalingPolicy
  /** The window `decide` looks at: a few dozen numbers, so it may live here. */
  readonly samples: readonly Sample[]
  readonly decision: Decision
  readonly lastStepAt: number | undefined
  readonly stepsOut: number
  readonly stepsIn: number
  /** Why the last step could not be taken, if it could not. */
  readonly lastFailure: string | undefined
}

export type ScalerEvent = { readonly type: 'sample'; readonly sample: Sample }

export const scalerMachine = setup({
  types: {} as { input: ScalerInput; context: ScalerContext; events: ScalerEvent },
  actors: {
    /** Sends a `sample` at a steady pace. */
    sampler: fromEffectStream<ScalerEvent, never>(() => Stream.die('scaler.machine: sampler is not wired')),
    /** Starts or drains connections until there are `target`. */
    step: fromEffect<void, unknown, Decision>(() => Effect.die('scaler.machine: step is not wired')),
  },
  guards: {
    mustStep: ({ context }) => context.decision._tag !== 'hold',
  },
  actions: {
    /** Remembers what was seen, as far back as a decision looks. */
    keep: assign(({ context, event }) => {
      const oldest = event.sample.at - context.policy.windowMs * 1.5
      return { samples: [...context.samples.filter(sample => sample.at >= oldest), event.sample] }
    }),
    decide: assign(({ context }) => ({
      decision: decide(context.samples, context.policy, context.lastStepAt),
    })),
    noteStep: assign(({ context }) => ({
      lastStepAt: context.samples.at(-1)?.at,
      stepsOut: context.stepsOut + (context.decision._tag === 'out' ? 1 : 0),
      stepsIn: context.stepsIn + (context.decision._tag === 'in' ? 1 : 0),
      lastFailure: undefined,
    })),
  },
}).createMachine({
  id: 'scaler',
  context: ({ input }) => ({
    policy: input.policy,
    samples: [],
    decision: { _tag: 'hold', target: input.policy.minConnections, reason: 'nothing seen yet' },
    lastStepAt: undefined,
    stepsOut: 0,
    stepsIn: 0,
    lastFailure: undefined,
  }),
  invoke: { src: 'sampler' },
  initial: 'watching',
  states: {
    watching: {
      on: { sample: { actions: ['keep', 'decide'] } },
      always: { guard: 'mustStep', target: 'stepping' },
    },
    stepping: {
      // What is seen meanwhile is kept, and decided upon when the step is done.
      on: { sample: { actions: 'keep' } },
      invoke: {
        src: 'step',
        input: ({ context }) => context.decision,
        onDone: { target: 'settling', actions: 'noteStep' },
        onError: {
          target: 'settling',
          actions: assign({ lastFailure: ({ event }) => String(event.error) }),
        },
      },
    },
    /** A step was taken; the next decision waits for a sample that has seen it. */
    settling: {
      on: { sample: { target: 'watching', actions: ['keep', 'decide'] } },
    },
  },
})
