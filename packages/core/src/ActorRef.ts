// The handle that people hold. It names a place, not an incarnation: it survives restarts, and is dead for
// good once its actor has Terminated. The contract only; LocalRef.ts is the implementation.

import type { Duration, Effect, Stream } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ExitReason } from './ExitReason.ts'
import type {
  ActorFailed,
  ActorStopped,
  AskTimeout,
  InvalidMessage,
  InvalidTimeout,
  MailboxFull,
} from './errors.ts'

/** What an offer can end with instead of a place in the mailbox. */
export type OfferError = MailboxFull | ActorStopped | InvalidMessage

/** What an ask can end with instead of an answer. */
export type AskError = AskTimeout | ActorStopped | ActorFailed | MailboxFull | InvalidTimeout | InvalidMessage

/**
 * Where the answer to an ask goes. The first answer counts; later ones are dropped. Call the methods on it: passed on alone
 * (`promise.then(replyTo.succeed)`) they throw.
 */
export interface ReplyTo<in R> {
  succeed(value: R): void
  fail(error: unknown): void
}

/** The one end of an actor. A restart is none. */
export interface Terminated {
  readonly path: ActorPath
  readonly reason: ExitReason
}

/** Hears of snapshots: a function, or an observer as XState's actors take it. */
export type SnapshotListener<S> = ((snapshot: S) => void) | { next?(snapshot: S): void; complete?(): void }

/** A handle on an actor whose messages are `M` and whose snapshots are `S`. */
export interface ActorRef<in M extends EventObject, out S = unknown> {
  readonly path: ActorPath
  /** Sends and forgets. Never throws; what cannot be delivered is a dead letter. Processed in a later microtask. */
  tell(message: M): void
  /** Sends; where the mailbox is full and its policy is back-pressure, suspends until there is room. */
  offer(message: M): Effect.Effect<void, OfferError>
  /**
   * Sends a message that carries where to answer, and waits for the answer, `timeout` at most: milliseconds or a
   * duration. Infinity waits as long as the actor lives; a negative one is as 0, and over as soon as time goes on.
   * `make` is called again where the message is offered again, and then must make the like of it.
   */
  ask<R>(make: (replyTo: ReplyTo<R>) => M, timeout: Duration.Input): Effect.Effect<R, AskError>
  /** Has its supervisor terminate it (it is not restarted), and waits until its resources are released. */
  stop(): Effect.Effect<void>
  /** Calls the listener once, when the actor has ended for good; at once if it has. Returns how to leave. */
  watch(listener: (terminated: Terminated) => void): () => void
  /**
   * The last snapshot; while a restart is under way, the last one of the incarnation before. Before the first start
   * there is none, and this is undefined, whatever the type says: only its `input`, and siblings that start before
   * it, can hold a ref so early.
   */
  getSnapshot(): S
  /** Calls the listener with each new snapshot, across restarts; an observer's `complete` once it has terminated. */
  subscribe(listener: SnapshotListener<S>): { unsubscribe(): void }
  /** The snapshots from now on, the present one first, across restarts; ends when the actor has terminated. */
  readonly snapshots: Stream.Stream<S>
}
