// One question under way: the envelope in the mailbox, the place to answer to, and the deadline. It ends once:
// answered, refused, timed out, or failed with its actor.

import { Exit } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { AskError, ReplyTo } from './ActorRef.ts'
import type { Dispatcher } from './Dispatcher.ts'
import type { ExitReason } from './ExitReason.ts'
import { ActorFailed, ActorStopped, AskTimeout, MessageUnhandled } from './errors.ts'
import { Envelope } from './Mail.ts'
import type { Deadline, TimerWheel } from './TimerWheel.ts'
import type { Trace } from './Trace.ts'

export class Ask<R> extends Envelope implements ReplyTo<R> {
  readonly #path: ActorPath
  readonly #dispatcher: Dispatcher
  readonly #resume: (outcome: Exit.Exit<R, AskError>) => void
  readonly #deadline: Deadline
  readonly #timeoutMs: number
  #settled = false
  #outcome: Exit.Exit<R, AskError> | undefined
  /** The unanswered asks of the incarnation that has taken this one: it leaves them when it ends. */
  keptIn: Set<Ask<unknown>> | undefined
  readonly message: EventObject

  constructor(
    path: ActorPath,
    { wheel, dispatcher }: { readonly wheel: TimerWheel; readonly dispatcher: Dispatcher },
    timeoutMs: number,
    trace: Trace | undefined,
    make: (replyTo: ReplyTo<R>) => EventObject,
    resume: (outcome: Exit.Exit<R, AskError>) => void,
  ) {
    super(trace)
    this.#path = path
    this.#dispatcher = dispatcher
    this.#resume = resume
    this.#timeoutMs = timeoutMs
    this.message = make(this)
    this.#deadline = wheel.wake(timeoutMs, this)
  }

  /** Its deadline has come. */
  fire(): void {
    this.#settle(Exit.fail(new AskTimeout({ path: this.#path, timeoutMs: this.#timeoutMs })))
  }

  get settled(): boolean {
    return this.#settled
  }

  succeed(value: R): void {
    this.#settle(Exit.succeed(value))
  }

  fail(error: unknown): void {
    this.#settle(Exit.fail(new ActorFailed({ path: this.#path, error, during: 'reply' })))
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
    this.#settle(Exit.fail(error))
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#settle(undefined)
  }

  /** Resumes the asker. */
  deliver(): void {
    if (this.#outcome !== undefined) this.#resume(this.#outcome)
  }

  #settle(outcome: Exit.Exit<R, AskError> | undefined): void {
    if (this.#settled) return
    this.#settled = true
    this.#deadline.cancel()
    this.keptIn?.delete(this as unknown as Ask<unknown>)
    // Not on this stack: the asker would run in the middle of the transition that answers, and see the snapshot
    // from before it.
    this.#outcome = outcome
    if (outcome !== undefined) this.#dispatcher.answer(this)
  }
}

/** What a ref of this package can do besides its contract: be asked without a fiber. */
export interface Questioned {
  /** Calls back once, in a later microtask, unless the question is abandoned before; at once if nobody is there. */
  question<R>(
    make: (replyTo: ReplyTo<R>) => EventObject,
    timeoutMs: number,
    resume: (outcome: Exit.Exit<R, AskError>) => void,
  ): { abandon(): void } | undefined
}

export const takesQuestions = (ref: object): ref is Questioned => 'question' in ref
