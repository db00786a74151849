// What an actor is made of: XState logic, the shape of its mailbox, and which messages wait in which state.
// A description only; nothing runs until a supervisor starts it.

import type { AnyActorLogic, EventFromLogic, EventObject, InputFrom, SnapshotFrom } from 'xstate'
import { InvalidSpec } from './errors.ts'

/** What a full mailbox does. `backPressure`: `offer` suspends and `tell` is a dead letter; `fail`: `offer` fails. */
export type Overflow = 'backPressure' | 'dropOldest' | 'dropNewest' | 'fail'

export interface MailboxOptions {
  /** Messages that may wait, deferred ones included. */
  readonly capacity: number
  readonly overflow: Overflow
}

/** For each state (a dotted path, as `snapshot.matches` takes it), the message types that wait until it is left. */
export type Deferral<T extends string = string> = Readonly<Record<string, readonly T[]>>

declare const Accepts: unique symbol

/** A described actor that takes messages `M`, has snapshots `S` and is started with an input `I`. */
export interface Behavior<in M extends EventObject, out S = unknown, in I = never> {
  readonly logic: AnyActorLogic
  readonly mailbox: MailboxOptions
  readonly defer: Deferral | undefined
  readonly [Accepts]?: (message: M, input: I) => S
}

const defaultMailbox: MailboxOptions = { capacity: 10_000, overflow: 'backPressure' }

/** Describes an actor by any XState actor logic (a machine with its actors provided, a transition, a callback …). */
export function behavior<L extends AnyActorLogic>(options: {
  readonly logic: L
  readonly mailbox?: Partial<MailboxOptions>
  readonly defer?: Deferral<EventFromLogic<L>['type']>
}): Behavior<EventFromLogic<L>, SnapshotFrom<L>, InputFrom<L>> {
  const mailbox = { ...defaultMailbox, ...options.mailbox }
  if (!Number.isInteger(mailbox.capacity) || mailbox.capacity < 1) {
    throw new InvalidSpec({
      id: 'mailbox',
      problem: `the capacity is ${mailbox.capacity}`,
      advice: 'give a whole number of at least 1',
    })
  }
  return { logic: options.logic, mailbox, defer: options.defer }
}
