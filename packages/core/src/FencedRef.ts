// The ref that an incarnation holds of its own actor. JavaScript cannot stop an effect that does not yield, so what an
// ended incarnation still tells its actor must not reach the next one: it is a dead letter. Not to be handed out: who
// else has it would lose the actor at its next restart.

import { type Duration, Effect, type Stream } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ActorRef, AskError, OfferError, ReplyTo, SnapshotListener, Terminated } from './ActorRef.ts'
import type { SystemLane } from './deathWatch.ts'
import { ActorStopped } from './errors.ts'
import { bury, type Kernel } from './Kernel.ts'

/** An incarnation, as far as its own actor is concerned. */
export interface Fence {
  readonly kernel: Kernel
  readonly self: ActorRef<EventObject> & SystemLane
  /** Whether this incarnation is over: then nothing it does may take effect. */
  readonly isOver: boolean
}

export class FencedRef implements ActorRef<EventObject>, SystemLane {
  readonly #fence: Fence

  constructor(fence: Fence) {
    this.#fence = fence
  }

  get path(): ActorPath {
    return this.durable.path
  }

  get isOver(): boolean {
    return this.#fence.isOver
  }

  get durable(): ActorRef<EventObject> & SystemLane {
    return this.#fence.self
  }

  tell(message: EventObject): void {
    if (this.isOver) this.#refuse(message)
    else this.durable.tell(message)
  }

  signal(message: EventObject): void {
    if (this.isOver) this.#refuse(message)
    else this.durable.signal(message)
  }

  offer(message: EventObject): Effect.Effect<void, OfferError> {
    return Effect.suspend(() => {
      if (!this.isOver) return this.durable.offer(message)
      this.#refuse(message)
      return Effect.fail(this.#stopped())
    })
  }

  ask<R>(make: (replyTo: ReplyTo<R>) => EventObject, timeout: Duration.Input): Effect.Effect<R, AskError> {
    return Effect.suspend(() =>
      this.isOver ? Effect.fail(this.#stopped()) : this.durable.ask(make, timeout),
    )
  }

  stop(): Effect.Effect<void> {
    return Effect.suspend(() => (this.isOver ? Effect.void : this.durable.stop()))
  }

  watch(listener: (terminated: Terminated) => void): () => void {
    return this.durable.watch(listener)
  }

  getSnapshot(): unknown {
    return this.durable.getSnapshot()
  }

  subscribe(listener: SnapshotListener<unknown>): { unsubscribe(): void } {
    return this.durable.subscribe(listener)
  }

  get snapshots(): Stream.Stream<unknown> {
    return this.durable.snapshots
  }

  #refuse(message: EventObject): void {
    bury(this.#fence.kernel, this.path, message, 'OldIncarnation')
  }

  #stopped(): ActorStopped {
    return new ActorStopped({ path: this.path })
  }
}
