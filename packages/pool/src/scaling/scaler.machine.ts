// The life of the scaler: it watches, steps out or in, and watches again. The machine holds what a person
// wants to see (the target, the last decision and why); sampling and stepping are actors supplied where it is
// wired, and how many connections there should be is `decide`'s.

import { fromEffect, fromEffectStream } from '@shoal/core'
import { Effect, Stream } from 'effect'
import { assign, setup } from 'xstate'
import { type Decision, nothingSeen } from './Decision.ts'
import { logged } from './DecisionLog.ts'
import { decide } from './decide.ts'
import { calledOff, emptyHistory, observe, type ScalingHistory, stepped } from './History.ts'
import type { Sample } from './Sample.ts'
import type { ScalingPolicy } from './ScalingPolicy.ts'

export interface ScalerInput {
  readonly policy: ScalingPolicy
}

export interface ScalerContext {
  readonly policy: ScalingPolicy
  /** What `decide` looks at: a few hundred numbers, a few times a second, so it may live here. */
  readonly history: ScalingHistory
  readonly decision: Decision
  /** The latest decisions that differed from the one before, holds included, oldest first. */
  readonly decisions: readonly Decision[]
  /** The latest steps that were taken, oldest first, with what each rests on. */
  readonly steps: readonly Decision[]
  readonly stepsOut: number
  readonly stepsIn: number
  /** Steps in that were called off while the connection drained, because it was wanted again. */
  readonly calledOff: number
  /** Why the step that is still wanted could not be taken; undefined once it was, or is wanted no more. */
  readonly lastFailure: string | undefined
  /** Times in a row that it could not. */
  readonly failures: number
}

/** How many steps are remembered. */
const remembered = 100

/** Before a step that failed is tried again, in milliseconds: doubled by each that fails, to at most ten seconds. */
const [firstWaitMs, longestWaitMs] = [500, 10_000]

/** How a step ended. */
export type StepEnd = 'taken' | 'called off'

export type ScalerEvent = { readonly type: 'sample'; readonly sample: Sample }

export const scalerMachine = setup({
  types: {} as { input: ScalerInput; context: ScalerContext; events: ScalerEvent },
  actors: {
    /** Sends a `sample` at a steady pace. */
    sampler: fromEffectStream<ScalerEvent, never>(() => Stream.die('scaler.machine: sampler is not wired')),
    /** Starts or drains connections until there are `target`; says whether it was called off before it had. */
    step: fromEffect<StepEnd, unknown, Decision>(() => Effect.die('scaler.machine: step is not wired')),
  },
  delays: {
    backOff: ({ context }) => Math.min(longestWaitMs, firstWaitMs * 2 ** (context.failures - 1)),
  },
  guards: {
    mustStep: ({ context }) => context.decision._tag !== 'hold',
    goesIn: ({ context }) => context.decision._tag === 'in',
    wasCalledOff: (_, end: StepEnd) => end === 'called off',
  },
  actions: {
    keep: assign(({ context, event }) => ({
      history: observe(context.history, event.sample, context.policy),
    })),
    decide: assign(({ context }) => ({ decision: decide(context.history, context.policy) })),
    /** Has the connection that drains stay, where it is needed after all and has not gone yet. */
    reconsider: () => {
      throw new Error('scaler.machine: reconsider is not wired')
    },
    noteCalledOff: assign(({ context }) => ({
      history: calledOff(context.history, context.history.samples.at(-1)?.at ?? 0),
      calledOff: context.calledOff + 1,
    })),
    log: assign(({ context }) => ({ decisions: logged(context.decisions, context.decision) })),
    noteContent: assign(({ context: { decision, lastFailure, failures } }) =>
      decision._tag === 'hold' ? { lastFailure: undefined, failures: 0 } : { lastFailure, failures },
    ),
    noteStep: assign(({ context: { history, decision, steps, stepsOut, stepsIn } }) => ({
      history:
        decision._tag === 'hold' ? history : stepped(history, decision._tag, history.samples.at(-1)?.at ?? 0),
      steps: [...steps.slice(1 - remembered), decision],
      stepsOut: stepsOut + (decision._tag === 'out' ? 1 : 0),
      stepsIn: stepsIn + (decision._tag === 'in' ? 1 : 0),
      lastFailure: undefined,
      failures: 0,
    })),
  },
}).createMachine({
  id: 'scaler',
  context: ({ input }) => ({
    policy: input.policy,
    history: emptyHistory,
    decision: nothingSeen(input.policy.minConnections),
    decisions: [],
    steps: [],
    stepsOut: 0,
    stepsIn: 0,
    calledOff: 0,
    lastFailure: undefined,
    failures: 0,
  }),
  invoke: { src: 'sampler' },
  initial: 'watching',
  states: {
    watching: {
      on: { sample: { actions: ['keep', 'decide', 'log', 'noteContent'] } },
      always: { guard: 'mustStep', target: 'stepping' },
    },
    stepping: {
      // What is seen meanwhile is kept, and decided upon when the step is done. One that goes in may still be called off.
      on: { sample: [{ guard: 'goesIn', actions: ['keep', 'reconsider'] }, { actions: 'keep' }] },
      invoke: {
        src: 'step',
        input: ({ context }) => context.decision,
        onDone: [
          {
            guard: { type: 'wasCalledOff', params: ({ event }) => event.output },
            target: 'settling',
            actions: 'noteCalledOff',
          },
          { target: 'settling', actions: 'noteStep' },
        ],
        onError: {
          target: 'resting',
          actions: assign({
            lastFailure: ({ event }) =>
              event.error instanceof Error ? event.error.message : String(event.error),
            failures: ({ context }) => context.failures + 1,
          }),
        },
      },
    },
    /** A step could not be taken: what could not be started a moment ago cannot be now. */
    resting: {
      on: { sample: { actions: 'keep' } },
      after: { backOff: 'settling' },
    },
    /** A step was taken, or called off; the next decision waits for a sample that has seen it. */
    settling: {
      on: { sample: { target: 'watching', actions: ['keep', 'decide', 'log', 'noteContent'] } },
    },
  },
})
