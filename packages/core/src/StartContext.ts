// What a child's `input` function is given at each start, restarts included.

import type { ActorRef } from './ActorRef.ts'
import type { ChildSpec } from './ChildSpec.ts'
import type { SupervisorRef } from './SupervisorRef.ts'
import type { SystemContract } from './SystemContract.ts'

/** Given to an `input` function at each start. */
export interface StartContext {
  /** The actor, for this incarnation itself: what it tells it when it is over is a dead letter. Not to hand out. */
  readonly self: ActorRef<never>
  /** The actor, across its restarts: to hand out to others. */
  readonly ref: ActorRef<never>
  readonly supervisor: SupervisorRef
  readonly system: SystemContract
  /** Which start this is, from 1. */
  readonly epoch: number
}

/** The input of one start. A specification is data that the contracts name, so that it cannot name them. */
export const startInput = ({ input }: ChildSpec<never>, context: StartContext): unknown =>
  input(context as never)
