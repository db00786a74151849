// What to supervise, as data: what `child` and `supervisor` (specify.ts) make. It knows neither refs nor systems, so
// that their contracts can name it.

import type { Schedule } from 'effect'
import type { EventObject } from 'xstate'
import type { Behavior } from './Behavior.ts'
import type { ShutdownLimit } from './ShutdownLimit.ts'
import type { AutoShutdown, RestartType, StrategyName } from './Strategy.ts'

/** An actor to supervise. */
export interface ChildSpec<in M extends EventObject, out S = unknown> {
  readonly _tag: 'Worker'
  readonly id: string
  readonly behavior: Behavior<M, S>
  /** Takes a StartContext (StartContext.ts): `startInput` calls it. */
  readonly input: (context: never) => unknown
  readonly restart: RestartType
  readonly shutdown: ShutdownLimit
  readonly significant: boolean
}

/** A supervisor, as a tree or as a child of another. */
export interface SupervisorSpec {
  readonly _tag: 'Supervisor'
  readonly id: string
  readonly kind: 'static' | 'dynamic'
  readonly strategy: StrategyName
  /** How many restarts are allowed within `periodMs`; one more, and the supervisor gives up. */
  readonly intensity: number
  readonly periodMs: number
  readonly backoff: Schedule.Schedule<unknown> | undefined
  readonly autoShutdown: AutoShutdown
  readonly children: readonly AnySpec[]
  readonly restart: RestartType
  readonly shutdown: ShutdownLimit
  readonly significant: boolean
}

export type AnySpec = ChildSpec<never> | SupervisorSpec
