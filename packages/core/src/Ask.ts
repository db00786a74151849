// One question under way: the envelope in the mailbox, the place to answer to, and the deadline. It ends once:
// answered, refused, timed out, or failed with its actor.

import { Effect } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { AskError, ReplyTo } from './ActorRef.ts'
import type { ExitReason } from './ExitReason.ts'
import { ActorFailed, ActorStopped, AskTimeout, MessageUnhandled } from './errors.ts'
import { Envelope } from './Mail.ts'
import type { Deadline, TimerWheel } from './TimerWheel.ts'
import type { Trace } from './Trace.ts'

export class Ask<R> extends Envelope implements ReplyTo<R> {
  readonly #path: ActorPath
  readonly #resume: (effect: Effect.Effect<R, AskError>) => void
  readonly #deadline: Deadline
  #settled = false
  /** The asks of the incarnation that has taken this one: it leaves them when it ends. */
  keptIn: Set<Ask<never>> | undefined
  readonly message: EventObject

  constructor(
    path: ActorPath,
    wheel: TimerWheel,
    timeoutMs: number,
    trace: Trace | undefined,
    make: (replyTo: ReplyTo<R>) => EventObject,
    resume: (effect: Effect.Effect<R, AskError>) => void,
  ) {
    super(trace)
    this.#path = path
    this.#resume = resume
    this.message = make(this)
    this.#deadline = wheel.after(timeoutMs, () => {
      this.#settle(Effect.fail(new AskTimeout({ path, timeoutMs })))
    })
  }

  get settled(): boolean {
    return this.#settled
  }

  succeed(value: R): void {
    this.#settle(Effect.succeed(value))
  }

  fail(error: unknown): void {
    this.#settle(Effect.fail(new ActorFailed({ path: this.#path, error, during: 'reply' })))
  }

  /** Nothing in the actor took its message, so that nobody will answer. */
  untaken(): void {
    this.fail(new MessageUnhandled({ path: this.#path, type: this.message.type }))
  }

  /** Its incarnation ended before it answered. */
  actorEnded(reason: ExitReason): void {
    const error =
      reason._tag === 'Failure'
        ? new ActorFailed({ path: this.#path, error: reason.error, during: 'processing' })
        : new ActorStopped({ path: this.#path })
    this.#settle(Effect.fail(error))
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#settle(undefined)
  }

  #settle(outcome: Effect.Effect<R, AskError> | undefined): void {
    if (this.#settled) return
    this.#settled = true
    this.#deadline.cancel()
    this.keptIn?.delete(this as unknown as Ask<never>)
    // Not on this stack: the asker would run in the middle of the transition that answers, and see the snapshot
    // from before it.
    if (outcome !== undefined) queueMicrotask(() => this.#resume(outcome))
  }
}
