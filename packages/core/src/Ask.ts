// One question under way: the envelope in the mailbox, the place to answer to, and the deadline, in one object, because
// there may be a hundred thousand of them a second. It ends once: answered, refused, timed out, or with its actor.

import { type Duration, Exit } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { AskError, ReplyTo } from './ActorRef.ts'
import type { Dispatcher } from './Dispatcher.ts'
import { ActorFailed, ActorStopped, AskTimeout, MessageUnhandled } from './errors.ts'
import { Envelope } from './Mail.ts'
import type { Timed, TimerWheel } from './TimerWheel.ts'
import type { Trace } from './Trace.ts'

/** Who has an ask, and is told when it is over. */
export interface AskHolder {
  delete(ask: Ask<unknown>): unknown
}

interface Means {
  readonly wheel: TimerWheel
  readonly dispatcher: Dispatcher
}

type Outcome<R> = Exit.Exit<R, AskError>

type AskLife =
  | 'Open'
  /** Its incarnation has ended. No answer is heard any more; what it fails with depends on what follows. */
  | 'Orphaned'
  | 'Settled'

export class Ask<R> extends Envelope implements ReplyTo<R>, Timed {
  readonly #path: ActorPath
  readonly #means: Means
  readonly #timeoutMs: number
  readonly #make: (replyTo: ReplyTo<R>) => EventObject
  readonly #resume: (outcome: Outcome<R>) => void
  #message: EventObject
  #life: AskLife = 'Open'
  #outcome: Outcome<R> | undefined
  holder: AskHolder | undefined
  at = -1
  sequence = 0
  next: Timed | undefined
  previous: Timed | undefined

  constructor(
    path: ActorPath,
    means: Means,
    timeoutMs: number,
    trace: Trace | undefined,
    make: (replyTo: ReplyTo<R>) => EventObject,
    resume: (outcome: Outcome<R>) => void,
  ) {
    super(trace)
    this.#path = path
    this.#means = means
    this.#timeoutMs = timeoutMs
    this.#make = make
    this.#resume = resume
    this.#message = make(this)
    if (!this.settled) means.wheel.wake(timeoutMs, this)
  }

  get message(): EventObject {
    return this.#message
  }

  get settled(): boolean {
    return this.#life === 'Settled'
  }

  /** Its deadline has come. */
  fire(): void {
    this.#settle(Exit.fail(new AskTimeout({ path: this.#path, timeoutMs: this.#timeoutMs })))
  }

  succeed(value: R): void {
    this.answer(0, Exit.succeed(value))
  }

  fail(error: unknown): void {
    this.answer(0, this.#refusal(error))
  }

  /** An answer from the incarnation that it was offered to as the `times`th again. Of those before it none is heard. */
  answer(times: number, outcome: Outcome<R>): void {
    if (this.#life === 'Open' && times === this.times) this.#settle(outcome)
  }

  /** With a message of its own, so that whoever has the one before cannot answer it. Throws what `make` throws. */
  override again(): void {
    const times = this.times + 1
    this.#message = this.#make({
      succeed: value => this.answer(times, Exit.succeed(value)),
      fail: error => this.answer(times, this.#refusal(error)),
    })
    this.times = times
  }

  /** It never came in, or nobody in the actor will answer it. */
  refuse(error: AskError): void {
    this.#settle(Exit.fail(error))
  }

  /** Nothing in the actor took its message, so that nobody will answer. */
  untaken(): void {
    this.#settle(this.#refusal(new MessageUnhandled({ path: this.#path, type: this.message.type })))
  }

  /** Its incarnation has ended: no answer of that one is heard any more. */
  orphan(): void {
    if (this.#life === 'Open') this.#life = 'Orphaned'
  }

  /** Its incarnation failed with `error`; or, without a failure of its own, is followed by another one because of it. */
  actorFailed(error: unknown, during: 'processing' | 'restart'): void {
    this.#settle(Exit.fail(new ActorFailed({ path: this.#path, error, during })))
  }

  /** Its actor has ended for good. */
  actorEnded(): void {
    this.#settle(Exit.fail(new ActorStopped({ path: this.#path })))
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#settle(undefined)
  }

  /** What a message that carries it shows of it: it stands among all that wait. */
  toJSON(): unknown {
    return { ask: this.#path }
  }

  /** Resumes the asker. */
  deliver(): void {
    if (this.#outcome !== undefined) this.#resume(this.#outcome)
  }

  #refusal(error: unknown): Outcome<R> {
    return Exit.fail(new ActorFailed({ path: this.#path, error, during: 'reply' }))
  }

  #settle(outcome: Outcome<R> | undefined): void {
    if (this.#life === 'Settled') return
    this.#life = 'Settled'
    this.#means.wheel.remove(this)
    this.holder?.delete(this as unknown as Ask<unknown>)
    // Not on this stack: the asker would run in the middle of the transition that answers, and see the snapshot
    // from before it.
    this.#outcome = outcome
    if (outcome !== undefined) this.#means.dispatcher.answer(this)
  }
}

/** What a ref of this package can do besides its contract: be asked without a fiber. */
export interface Questioned {
  /** Calls back once, in a later microtask, unless the question is abandoned before; at once if nobody is there. */
  question<R>(
    make: (replyTo: ReplyTo<R>) => EventObject,
    timeout: Duration.Input,
    resume: (outcome: Exit.Exit<R, AskError>) => void,
  ): { abandon(): void } | undefined
}

export const takesQuestions = (ref: object): ref is Questioned => 'question' in ref
