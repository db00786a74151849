// One question under way: the envelope in the mailbox, the place to answer to, and the deadline, in one object, because
// there may be a hundred thousand of them a second. It ends once: answered, refused, timed out, or with its actor.

import type { Duration } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { AskError, ReplyTo } from './ActorRef.ts'
import type { Answer, Dispatcher } from './Dispatcher.ts'
import { ActorFailed, ActorStopped, AskTimeout, MessageUnhandled } from './errors.ts'
import { Envelope } from './Mail.ts'
import type { Timed, TimerWheel } from './TimerWheel.ts'
import type { Trace } from './Trace.ts'

/** Who has an ask, and is told when it is over. */
export interface AskHolder {
  delete(ask: Ask<unknown>): unknown
}

/** Whom it is put to. */
export interface Asked {
  readonly path: ActorPath
  readonly kernel: { readonly wheel: TimerWheel; readonly dispatcher: Dispatcher }
}

/** How askers of one kind, `to`, are told the end. One for all of a kind: a closure for each would be kept as long as the ask. */
export interface Asker<T> {
  succeed(to: T, value: unknown): void
  fail(to: T, error: AskError): void
}

type AskLife =
  | 'Open'
  /** Its incarnation has ended. No answer is heard any more; what it fails with depends on what follows. */
  | 'Orphaned'
  | 'Answered'
  | 'Failed'
  /** Nobody waits for it, or whoever did has been told. */
  | 'Over'

export class Ask<R, T = unknown> extends Envelope implements ReplyTo<R>, Timed, Answer {
  readonly #asked: Asked
  readonly #timeoutMs: number
  readonly #asker: Asker<T>
  #to: T | undefined
  #make: ((replyTo: ReplyTo<R>) => EventObject) | undefined
  #message: EventObject
  #life: AskLife = 'Open'
  /** The answer, or what it failed with. */
  #outcome: unknown
  holder: AskHolder | undefined
  at = -1
  sequence = 0
  next: Timed | undefined
  previous: Timed | undefined

  constructor(
    asked: Asked,
    timeoutMs: number,
    trace: Trace | undefined,
    make: (replyTo: ReplyTo<R>) => EventObject,
    asker: Asker<T>,
    to: T,
  ) {
    super(trace)
    this.#asked = asked
    this.#timeoutMs = timeoutMs
    this.#asker = asker
    this.#to = to
    this.#make = make
    this.#message = make(this)
    if (this.settled) return
    asked.kernel.wheel.wake(timeoutMs, this)
    asked.kernel.dispatcher.wake()
  }

  get message(): EventObject {
    return this.#message
  }

  get settled(): boolean {
    return this.#life !== 'Open' && this.#life !== 'Orphaned'
  }

  /** Its deadline has come. */
  fire(): void {
    this.refuse(new AskTimeout({ path: this.#asked.path, timeoutMs: this.#timeoutMs }))
  }

  succeed(value: R): void {
    this.#answer(0, 'Answered', value)
  }

  fail(error: unknown): void {
    this.#answer(0, 'Failed', this.#refusal(error))
  }

  /** With a message of its own, so that whoever has the one before cannot answer it. Throws what `make` throws. */
  override again(): void {
    const times = this.times + 1
    const message = this.#make?.({
      succeed: value => this.#answer(times, 'Answered', value),
      fail: error => this.#answer(times, 'Failed', this.#refusal(error)),
    })
    this.#message = message ?? this.#message
    this.times = times
  }

  /** It never came in, or nobody in the actor will answer it. */
  refuse(error: AskError): void {
    this.#settle('Failed', error)
  }

  /** Nothing in the actor took its message, so that nobody will answer. */
  untaken(): void {
    this.refuse(this.#refusal(new MessageUnhandled({ path: this.#asked.path, type: this.message.type })))
  }

  /** Its incarnation has ended: no answer of that one is heard any more. */
  orphan(): void {
    if (this.#life === 'Open') this.#life = 'Orphaned'
  }

  /** Its incarnation failed with `error`; or, without a failure of its own, is followed by another one because of it. */
  actorFailed(error: unknown, during: 'processing' | 'restart'): void {
    this.refuse(new ActorFailed({ path: this.#asked.path, error, during }))
  }

  /** Its actor has ended for good. */
  actorEnded(): void {
    this.refuse(new ActorStopped({ path: this.#asked.path }))
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#settle('Over', undefined)
    this.#letGo()
  }

  /** What a message that carries it shows of it: it stands among all that wait. */
  toJSON(): unknown {
    return { ask: this.#asked.path }
  }

  /** Tells the asker. */
  deliver(): void {
    const to = this.#to as T
    const outcome = this.#outcome
    const answered = this.#life === 'Answered'
    if (this.#life === 'Over') return
    this.#letGo()
    if (answered) this.#asker.succeed(to, outcome)
    else this.#asker.fail(to, outcome as AskError)
  }

  /** The message that it came in may be kept for long, by whom the host's memory is slow to clear: not its asker with it. */
  #letGo(): void {
    this.#life = 'Over'
    this.#to = undefined
    this.#make = undefined
    this.#outcome = undefined
  }

  #refusal(error: unknown): ActorFailed {
    return new ActorFailed({ path: this.#asked.path, error, during: 'reply' })
  }

  /** From the incarnation that it was offered to as the `times`th again. Of those before it none is heard. */
  #answer(times: number, life: 'Answered' | 'Failed', outcome: unknown): void {
    if (this.#life === 'Open' && times === this.times) this.#settle(life, outcome)
  }

  #settle(life: 'Answered' | 'Failed' | 'Over', outcome: unknown): void {
    if (this.settled) return
    const { wheel, dispatcher } = this.#asked.kernel
    this.#life = life
    this.#outcome = outcome
    wheel.remove(this)
    this.holder?.delete(this as unknown as Ask<unknown>)
    // Not on this stack: the asker would run in the middle of the transition that answers, and see the snapshot
    // from before it.
    if (life !== 'Over') dispatcher.answer(this)
  }
}

/** What a ref of this package can do besides its contract: be asked without a fiber. */
export interface Questioned {
  /** Tells the asker once, in a later microtask, unless the question is abandoned before; at once if nobody is there. */
  question<R, T>(
    make: (replyTo: ReplyTo<R>) => EventObject,
    timeout: Duration.Input,
    asker: Asker<T>,
    to: T,
  ): { abandon(): void } | undefined
}

export const takesQuestions = (ref: object): ref is Questioned => 'question' in ref
