// The scaler's actor: scaler.machine with a sampler that reads the pool and a step that adds or drains
// connections. What to do is `decide`'s; where a connection lives is the fleet's, behind the port declared here.

import { type Behavior, behavior, fromEffect, fromEffectStream } from '@shoal/core'
import { Effect, Schedule, Stream } from 'effect'
import { assign, type SnapshotFrom } from 'xstate'
import type { Decision } from './Decision.ts'
import { isNeededAfterAll, decide as ownDecide } from './decide.ts'
import type { Sample } from './Sample.ts'
import { type ScalerEvent, type ScalerInput, type StepEnd, scalerMachine } from './scaler.machine.ts'

export type ScalerSnapshot = SnapshotFrom<typeof scalerMachine>

/** Time between two looks at the pool. */
const pace = '250 millis'

/** What the scaler can do about how many connections there are. */
export interface Scalable {
  /** Connections that are up or on their way. */
  started(): number
  /** Starts one more. */
  readonly add: Effect.Effect<void, unknown>
  /** Drains one, and stops it; says whether it was called off before that. */
  readonly remove: Effect.Effect<StepEnd>
  /** Has the one that drains stay, unless it is being stopped already. */
  callOff(): void
}

export interface ScalerActorOptions {
  readonly connections: Scalable
  readonly sample: () => Sample
  /**
   * What decides instead of the pool's own rule. It is asked only for what is then done, since it may remember what it
   * said; so a step in of it is not called off.
   */
  readonly decide?: typeof ownDecide
}

export function scalerBehavior({
  connections,
  sample,
  decide = ownDecide,
}: ScalerActorOptions): Behavior<ScalerEvent, ScalerSnapshot, ScalerInput> {
  return behavior({
    logic: scalerMachine.provide({
      actions: {
        decide: assign(({ context }) => ({ decision: decide(context.history, context.policy) })),
        reconsider: ({ context: { history, policy } }) => {
          if (decide === ownDecide && isNeededAfterAll(decide(history, policy), policy)) connections.callOff()
        },
      },
      actors: {
        sampler: fromEffectStream<ScalerEvent, never>(() =>
          Stream.fromEffectSchedule(Effect.sync(sample), Schedule.spaced(pace)).pipe(
            Stream.map((taken): ScalerEvent => ({ type: 'sample', sample: taken })),
          ),
        ),
        step: fromEffect<StepEnd, unknown, Decision>(({ input }) => stepTo(connections, input)),
      },
    }),
  })
}

function stepTo(connections: Scalable, decision: Decision): Effect.Effect<StepEnd, unknown> {
  const missing = decision.target - connections.started()
  if (decision._tag === 'in') return connections.remove
  return Effect.forEach(Array.from({ length: Math.max(0, missing) }), () => connections.add, {
    discard: true,
  }).pipe(Effect.as('taken'))
}
