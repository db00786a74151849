// What an actor system offers, apart from how it does it (ActorSystem.ts), so that the parts below it can name it.

import type { Effect, Stream } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorClock } from './ActorClock.ts'
import type { ActorRef } from './ActorRef.ts'
import type { ChildSpec, SupervisorSpec } from './ChildSpec.ts'
import type { ExitReason } from './ExitReason.ts'
import type { Abandoned, DeadLetter, Inspection, LifecycleEvent } from './Inspection.ts'
import type { StartChildError, SupervisorRef } from './SupervisorRef.ts'
import type { Trace } from './Trace.ts'

/** A source of events that can be listened to, or read as a stream. */
export interface EventSource<E> {
  /** Calls the listener with each event from now on. Returns how to leave. */
  subscribe(listener: (event: E) => void): () => void
  readonly stream: Stream.Stream<E>
}

export interface SystemContract {
  readonly name: string
  readonly root: SupervisorRef
  readonly clock: ActorClock
  /** In an action: the trace of the message in process. In an effect: the span it stands in. Else none. */
  readonly trace: Trace | undefined
  /** Starts a child of the root supervisor. */
  spawn<M extends EventObject, S>(spec: ChildSpec<M, S>): Effect.Effect<ActorRef<M, S>, StartChildError>
  spawn(spec: SupervisorSpec): Effect.Effect<SupervisorRef, StartChildError>
  /** The actor that lives at this path now. Its message type is the caller's word. */
  lookup<M extends EventObject = never, S = unknown>(path: string): ActorRef<M, S> | undefined
  lookupSupervisor(path: string): SupervisorRef | undefined
  /** Shows everything to the listener until it leaves. While nobody inspects, nothing is paid for it. */
  inspect(listener: (event: Inspection) => void): () => void
  /** The lives of all actors. */
  readonly events: EventSource<LifecycleEvent>
  /** Messages that reached nobody. */
  readonly deadLetters: EventSource<DeadLetter> & { readonly count: number }
  /** Incarnations that were given up before their effects had ended: the last 1,000, oldest first. */
  readonly abandoned: readonly Abandoned[]
  /** Ends when the system has: stopped from outside, or because its root supervisor gave up. */
  readonly terminated: Effect.Effect<ExitReason>
  /** Stops all actors, in reverse order of their start, within the system's total limit. */
  readonly stop: Effect.Effect<void>
}
