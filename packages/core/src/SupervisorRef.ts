// The handle on a supervisor: its children, and what can be asked of it while it runs. The contract only;
// Supervisor.ts is the implementation.

import type { Effect } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ActorRef, Terminated } from './ActorRef.ts'
import type { ChildSpec, SupervisorSpec } from './ChildSpec.ts'
import type { ExitReason } from './ExitReason.ts'
import type {
  ChildAlreadyPresent,
  ChildAlreadyStarted,
  ChildNotFound,
  ChildRestarting,
  ChildRunning,
  InvalidSpec,
  StartFailed,
  SupervisorStopped,
} from './errors.ts'

/** Why startChild started nothing: nothing of it is left. */
export type StartChildError =
  | InvalidSpec
  | ChildAlreadyStarted
  | ChildAlreadyPresent
  | StartFailed
  | SupervisorStopped

/** A restart that was carried out: when, on the system's clock, why, and which attempt in a row it was. */
export interface RestartRecord {
  readonly at: number
  readonly why: ExitReason
  readonly attempt: number
  readonly epoch: number
}

/** One child as its supervisor sees it. */
export interface ChildInfo {
  readonly id: string
  readonly kind: 'worker' | 'supervisor'
  readonly state: 'running' | 'restarting' | 'terminated'
  readonly ref: ActorRef<never> | SupervisorRef
  /** Its last restarts by this supervisor, 16 at most, oldest first. */
  readonly restarts: readonly RestartRecord[]
}

/** OTP's count: all specifications, running children, and of all specifications the supervisors and the workers. */
export interface ChildCount {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** A handle on a supervisor. It survives the supervisor's restarts, as an ActorRef does its actor's. */
export interface SupervisorRef {
  readonly path: ActorPath
  /** Starts a child at run time. It does not come back when the supervisor itself is restarted. */
  startChild<M extends EventObject, S>(spec: ChildSpec<M, S>): Effect.Effect<ActorRef<M, S>, StartChildError>
  startChild(spec: SupervisorSpec): Effect.Effect<SupervisorRef, StartChildError>
  /** Stops a child and waits for it. A static supervisor keeps its specification; a dynamic one forgets it. */
  terminateChild(id: string): Effect.Effect<void, ChildNotFound>
  /** Starts a child again that was terminated or has ended. It gets a new ref. */
  restartChild(
    id: string,
  ): Effect.Effect<void, ChildNotFound | ChildRunning | ChildRestarting | StartFailed | SupervisorStopped>
  /** Forgets the specification of a child that does not run. */
  deleteChild(id: string): Effect.Effect<void, ChildNotFound | ChildRunning | ChildRestarting>
  /** The handle of a child, whatever its state. Its message type is the caller's word. */
  child<M extends EventObject = never, S = unknown>(id: string): ActorRef<M, S> | undefined
  childSupervisor(id: string): SupervisorRef | undefined
  /** The children, in start order. */
  whichChildren(): readonly ChildInfo[]
  countChildren(): ChildCount
  /** Has its own supervisor terminate it, and waits. For the root this stops the system. */
  stop(): Effect.Effect<void>
  /** Calls the listener once, when the supervisor has ended for good. */
  watch(listener: (terminated: Terminated) => void): () => void
}
