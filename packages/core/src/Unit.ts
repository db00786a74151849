// What a supervisor supervises, seen from above: something that can be started, halted and started again, or
// retired for good. Worker.ts and Supervisor.ts are the two kinds.

import type { Effect } from 'effect'
import type { ActorRef } from './ActorRef.ts'
import type { ExitReason } from './ExitReason.ts'
import type { StartFailed } from './errors.ts'
import type { SupervisorRef } from './SupervisorRef.ts'

export interface Unit {
  readonly id: string
  /** What people hold of it. */
  readonly ref: ActorRef<never> | SupervisorRef
  /** Counts its starts. */
  readonly epoch: number
  /** Begins a new incarnation. After a failure there is none. */
  readonly start: Effect.Effect<void, StartFailed>
  /** Ends the incarnation within its limit and waits for that. Refs stay good: a start may follow. */
  readonly halt: Effect.Effect<ExitReason>
  /** Ends the incarnation now and waits for nothing. */
  kill(): void
  /** Drops what it has kept for its next incarnation. */
  forget(): void
  /** It has ended, and will be started again, because of `why`: at once, or after a wait. */
  restarting(why: ExitReason): void
  /** It will not be started again: its watchers are told. */
  retire(reason: ExitReason): void
}

/** Whose unit it is. One for all units of a supervisor. */
export interface UnitOwner {
  /** Told when an incarnation ended by itself, with the epoch that ended. */
  ended(unit: Unit, epoch: number, reason: ExitReason): void
  /** Terminates this very unit: by now another one may have its id. */
  terminate(unit: Unit): Effect.Effect<void>
}
