// What a system says by itself of what goes wrong in it, so that nothing is silent by default: failures, restarts,
// supervisors that gave up, dead letters, stores and listeners that threw. It says at most so many of a kind within a
// time, and counts the others. No record of everything: that is Inspection.ts.

import { Cause, Effect } from 'effect'
import type { ActorPath } from './ActorPath.ts'
import type { Abandoned, DeadLetter, LifecycleEvent } from './Inspection.ts'
import { messageOf, textOf } from './textOf.ts'

/** One line of a system's log. */
export interface LogRecord {
  readonly level: 'Error' | 'Warn'
  readonly message: string
  /** The actor or supervisor that it is about, if it is about one. */
  readonly path?: ActorPath
  /** What was thrown, where something was. */
  readonly error?: unknown
}

/** Where a system's log goes: nowhere, or to a function in place of Effect's loggers. */
export type LogOption = 'off' | ((record: LogRecord) => void)

type Kind =
  | 'abandoned incarnations'
  | 'failures'
  | 'restarts'
  | 'give-ups'
  | 'failures of what was left'
  | 'dead letters'
  | 'store failures'
  | 'listener failures'

/** Lines of one kind that are written within `windowMs`; then they are counted. */
const most = 10
const windowMs = 10_000

interface Budget {
  since: number
  written: number
  leftOut: number
}

export class SystemLog {
  readonly #now: () => number
  readonly #write: ((record: LogRecord) => void) | undefined
  readonly #budgets = new Map<Kind, Budget>()
  #open = true

  constructor(now: () => number, write: ((record: LogRecord) => void) | undefined) {
    this.#now = now
    this.#write = write
  }

  lifecycle(event: LifecycleEvent): void {
    const { path } = event
    if (event._tag === 'ActorRestarted') {
      this.#say('restarts', () => ({
        level: 'Warn',
        message: `${path} was restarted: attempt ${event.attempt} in a row`,
        path,
      }))
    } else if (event._tag === 'StoreFailed') {
      const { error } = event
      this.#say('store failures', () => ({
        level: 'Error',
        message: error.message,
        path,
        error: error.error,
      }))
    } else if (event._tag === 'ActorStopped') {
      const { reason } = event
      if (reason._tag === 'Failure') this.#failed(path, 'failed', reason.error)
      else if (reason._tag === 'Shutdown' && reason.cause !== undefined) {
        this.#say('give-ups', () => ({ level: 'Error', message: messageOf(reason.cause), path }))
      }
    }
  }

  /** An attempt to restart an actor failed. */
  startFailed(path: ActorPath, error: unknown): void {
    this.#failed(path, 'did not start again', error)
  }

  dead({ path, message, why }: DeadLetter): void {
    this.#say('dead letters', () => ({
      level: 'Warn',
      message: `a message "${message.type}" to ${path} reached nobody: ${why}`,
      path,
    }))
  }

  /** What it had not released goes on, whatever it is: nobody else would say so. */
  abandoned({ path, epoch, effects }: Abandoned): void {
    this.#say('abandoned incarnations', () => ({
      level: 'Warn',
      message: `${path} was given up: ${effects} of the effects of its incarnation ${epoch} had not ended within its limit, and go on`,
      path,
    }))
  }

  /** An effect failed when nobody waited for it any more: mostly a release. */
  leftFailed(path: ActorPath, error: unknown): void {
    this.#say('failures of what was left', () => ({
      level: 'Error',
      message: `an effect of ${path} failed after it had been left: ${textOf(error)}`,
      path,
      error,
    }))
  }

  listenerThrew(error: unknown): void {
    this.#say('listener failures', () => ({
      level: 'Error',
      message: `a listener threw: ${textOf(error)}`,
      error,
    }))
  }

  /** The system stops: what it still leaves undelivered is no news. Says what was left out. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const [kind, { leftOut }] of this.#budgets) {
      if (leftOut > 0) this.#write?.({ level: 'Warn', message: `${leftOut} more ${kind} were not logged` })
    }
  }

  #failed(path: ActorPath, how: string, error: unknown): void {
    this.#say('failures', () => ({
      level: 'Error',
      message: `${path} ${how}: ${textOf(error)}`,
      path,
      error,
    }))
  }

  #say(kind: Kind, record: () => LogRecord): void {
    if (this.#write === undefined || !this.#open) return
    const now = this.#now()
    let budget = this.#budgets.get(kind)
    if (budget === undefined) {
      budget = { since: now, written: 0, leftOut: 0 }
      this.#budgets.set(kind, budget)
    } else if (now - budget.since >= windowMs) {
      budget.since = now
      budget.written = 0
    }
    if (budget.written >= most) {
      budget.leftOut += 1
      return
    }
    budget.written += 1
    const { message, ...rest } = record()
    const { leftOut } = budget
    budget.leftOut = 0
    const more = leftOut === 0 ? '' : ` (and ${leftOut} more ${kind} that were not logged)`
    this.#write({ ...rest, message: message + more })
  }
}

/** A record as a line of Effect's loggers, with the stack of what was thrown. */
export function toEffectLog({ level, message, error }: LogRecord): Effect.Effect<void> {
  const log = level === 'Error' ? Effect.logError : Effect.logWarning
  return error === undefined ? log(message) : log(message, Cause.fail(error))
}
