// The scaler's actor: scaler.machine with a sampler that reads the pool and a step that adds or drains
// connections. What to do is `decide`'s; where a connection lives is `Browsers`'.

import { type Behavior, behavior, fromEffect, fromEffectStream } from '@shoal/core'
import { Effect, Schedule, Stream } from 'effect'
import type { SnapshotFrom } from 'xstate'
import type { Browsers } from '../fleet/Browsers.ts'
import type { Decision, Sample } from './decide.ts'
import { type ScalerEvent, type ScalerInput, scalerMachine } from './scaler.machine.ts'

export type ScalerSnapshot = SnapshotFrom<typeof scalerMachine>

/** Time between two looks at the pool. */
const pace = '250 millis'

export interface ScalerActorOptions {
  readonly browsers: Browsers
  readonly sample: () => Sample
}

export function scalerBehavior({
  browsers,
  sample,
}: ScalerActorOptions): Behavior<ScalerEvent, ScalerSnapshot, ScalerInput> {
  return behavior({
    logic: scalerMachine.provide({
      actors: {
        sampler: fromEffectStream<ScalerEvent, never>(() =>
          Stream.fromEffectSchedule(Effect.sync(sample), Schedule.spaced(pace)).pipe(
            Stream.map((taken): ScalerEvent => ({ type: 'sample', sample: taken })),
          ),
        ),
        step: fromEffect<void, unknown, Decision>(({ input }) => stepTo(browsers, input)),
      },
    }),
  })
}

function stepTo(browsers: Browsers, decision: Decision): Effect.Effect<void, unknown> {
  const missing = decision.target - browsers.started()
  if (decision._tag === 'in') return browsers.remove
  return Effect.forEach(Array.from({ length: Math.max(0, missing) }), () => browsers.add, { discard: true })
}
