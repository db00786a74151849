// Every error that this package raises on purpose. What users' actors throw is theirs: it arrives inside
// ActorFailed or in an ExitReason, untouched.

import { Data } from 'effect'
import { textOf } from './textOf.ts'

/** An ask got no answer within its time-out. The actor may still be at work on it; a late answer is dropped. */
export class AskTimeout extends Data.TaggedError('AskTimeout')<{
  readonly path: string
  readonly timeoutMs: number
}> {
  override get message(): string {
    return `${this.path} did not answer within ${this.timeoutMs} ms; raise the time-out or look for what keeps it busy`
  }
}

/** The actor had ended, or ended before it answered, and will not come back under this ref. */
export class ActorStopped extends Data.TaggedError('ActorStopped')<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} has stopped and will not answer; look it up again by its path`
  }
}

/**
 * The actor failed while it had this ask (`during: 'processing'`), was restarted without a failure of its own
 * (`'restart'`), or answered with a failure (`'reply'`). `error` is what it threw or gave; for a restart what the one
 * failed with that took it along, or the reason's name.
 */
export class ActorFailed extends Data.TaggedError('ActorFailed')<{
  readonly path: string
  readonly error: unknown
  readonly during: 'processing' | 'reply' | 'restart'
}> {
  override get message(): string {
    return `${this.path} ${how[this.during]}: ${textOf(this.error)}`
  }
}

const how = {
  processing: 'failed while it processed this message',
  reply: 'answered with a failure',
  restart: 'was restarted before it had answered',
}

/**
 * The mailbox was full: for an offer where its overflow policy is `fail`, for an ask whatever the policy, because an ask
 * has its own time-out and does not wait for room; or it was the oldest, and was dropped for a newer message.
 */
export class MailboxFull extends Data.TaggedError('MailboxFull')<{
  readonly path: string
  readonly capacity: number
}> {
  override get message(): string {
    return `the mailbox of ${this.path} is full (${this.capacity}); send less or later, or raise its capacity; an offer, not an ask, can wait for room, where the overflow is backPressure`
  }
}

/** An ask was given a time-out that is no time: not a number, or a text that is no duration. */
export class InvalidTimeout extends Data.TaggedError('InvalidTimeout')<{
  readonly path: string
  readonly timeout: unknown
}> {
  override get message(): string {
    return `${this.path} was not asked: its time-out is ${textOf(this.timeout)}; give milliseconds or a duration like '1 second', or Infinity to wait as long as its actor lives`
  }
}

/** What was asked or offered is no message: not an object with a `type`. What is told so is a dead letter. */
export class InvalidMessage extends Data.TaggedError('InvalidMessage')<{
  readonly path: string
  readonly given: unknown
}> {
  override get message(): string {
    return `${this.path} was sent ${textOf(this.given)}, which is no message; send an object with a \`type\` that is text`
  }
}

/**
 * An actor told others with full mailboxes more than its outbox holds. It is what the telling actor fails with; the
 * message that had no place is a dead letter.
 */
export class OutboxFull extends Data.TaggedError('OutboxFull')<{
  readonly path: string
  readonly capacity: number
  readonly to: string
}> {
  override get message(): string {
    return `the outbox of ${this.path} is full (${this.capacity}) and ${this.to} takes no more; tell less, or raise the outbox of the one or the mailbox of the other`
  }
}

/**
 * A kept snapshot was not taken as a start: it is of another version or machine, or its context does not fit its
 * schema. Inside StartFailed.
 */
export class SnapshotRefused extends Data.TaggedError('SnapshotRefused')<{
  readonly path: string
  readonly problem: string
}> {
  override get message(): string {
    return `the kept snapshot of ${this.path} was refused: ${this.problem}; drop it from its store, raise the version and upgrade it, or set otherwise: 'initial'`
  }
}

/**
 * A store of kept snapshots threw. `load`: inside StartFailed, and the start is tried again as the supervisor tells.
 * `save` and `drop`: told (the event StoreFailed, the log); the actor goes on with what it has in memory.
 */
export class StoreFailed extends Data.TaggedError('StoreFailed')<{
  readonly path: string
  readonly during: 'load' | 'save' | 'drop'
  readonly error: unknown
}> {
  override get message(): string {
    return `the store of ${this.path} failed to ${this.during} its snapshot: ${textOf(this.error)}; ${storeAdvice[this.during]}`
  }
}

const storeAdvice = {
  load: "mend the store, or start the actor without `keep`: its state is not given up for an error of the store's",
  save: 'mend the store: until a save works, what it has is out of date, and a restart of the process goes on from that',
  drop: 'mend the store: until a drop or a save works, a restart of the process goes on from what should be gone',
}

/** An ask's message is not declared in the actor's present state, so that nobody will answer it. Inside ActorFailed. */
export class MessageUnhandled extends Data.TaggedError('MessageUnhandled')<{
  readonly path: string
  readonly type: string
}> {
  override get message(): string {
    return `${this.path} takes no "${this.type}" in its present state; declare it there, or defer it until it does`
  }
}

/**
 * A child, supervisor or mailbox was described in a way that cannot work. Raised where it is described; by startChild
 * for a child that cannot work under that supervisor.
 */
export class InvalidSpec extends Data.TaggedError('InvalidSpec')<{
  readonly id: string
  readonly problem: string
  readonly advice: string
}> {
  override get message(): string {
    return `the specification of "${this.id}" cannot work: ${this.problem}; ${this.advice}`
  }
}

/** A child failed before it had started: its machine threw on entry, its input could not be made, or a child of its own failed so. */
export class StartFailed extends Data.TaggedError('StartFailed')<{
  readonly path: string
  readonly error: unknown
}> {
  override get message(): string {
    return `${this.path} could not be started: ${textOf(this.error)}`
  }
}

/** startChild, for an id whose child is running. */
export class ChildAlreadyStarted extends Data.TaggedError('ChildAlreadyStarted')<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} is running already; use its ref, or terminate it first`
  }
}

/** startChild, for an id whose child does not run and whose specification is still kept. */
export class ChildAlreadyPresent extends Data.TaggedError('ChildAlreadyPresent')<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} does not run, but its specification is kept; wait if it is being restarted, else restart it, or delete it first`
  }
}

/** The supervisor has no child of this id. */
export class ChildNotFound extends Data.TaggedError('ChildNotFound')<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} is not a child here; whichChildren lists those that are`
  }
}

/** restartChild or deleteChild, for a child that runs. */
export class ChildRunning extends Data.TaggedError('ChildRunning')<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} is running; terminate it first`
  }
}

/** restartChild or deleteChild, for a child that is about to be restarted by its supervisor. */
export class ChildRestarting extends Data.TaggedError('ChildRestarting')<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} is being restarted by its supervisor; wait, or terminate it`
  }
}

/** A supervisor was asked for something while it was not running. */
export class SupervisorStopped extends Data.TaggedError('SupervisorStopped')<{ readonly path: string }> {
  override get message(): string {
    return `the supervisor ${this.path} is not running; ask again once it is, or start children elsewhere`
  }
}

/** Why a supervisor gave up: more restarts than its intensity allows within its period, or a back-off that ended. */
export class RestartIntensityExceeded extends Data.TaggedError('RestartIntensityExceeded')<{
  readonly path: string
  readonly childId: string
  readonly intensity: number
  readonly periodMs: number
  readonly last: unknown
}> {
  override get message(): string {
    return `${this.path} gave up: "${this.childId}" needed more than ${this.intensity} restarts within ${this.periodMs} ms; the last reason: ${textOf(this.last)}`
  }
}

/** An effect made by fromEffect asked for its actor or system, but its machine runs outside an actor system. */
export class NotHosted extends Data.TaggedError('NotHosted')<{ readonly wanted: string }> {
  override get message(): string {
    return `there is no ${this.wanted} here: the machine runs outside an actor system; spawn it with system.spawn`
  }
}

/** An effect made by fromEffect was interrupted from within, so that it has neither a value nor an error. */
export class EffectInterrupted extends Data.TaggedError('EffectInterrupted')<{ readonly path: string }> {
  override get message(): string {
    return `an effect invoked by ${this.path} was interrupted from within; give it a value or an error to end with`
  }
}
