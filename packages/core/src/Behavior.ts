// What an actor is made of: XState logic, the shape of its mailbox, and which messages wait in which state.
// A description only; nothing runs until a supervisor starts it.

import { Schema } from 'effect'
import type { AnyActorLogic, EventFromLogic, EventObject, InputFrom, SnapshotFrom } from 'xstate'
import { InvalidSpec } from './errors.ts'
import type { KeepOptions } from './KeptSnapshot.ts'
import { type StatePath, statePaths } from './statePaths.ts'

/** What a full mailbox does. `backPressure`: `offer` suspends and `tell` is a dead letter; `fail`: `offer` fails. */
export type Overflow = 'backPressure' | 'dropOldest' | 'dropNewest' | 'fail'

export interface MailboxOptions {
  /** Messages that may wait, deferred ones included. */
  readonly capacity: number
  readonly overflow: Overflow
}

/** For each state (a dotted path, as `snapshot.matches` takes it), the message types that wait until it is left. */
export type Deferral<T extends string = string, S extends string = string> = {
  readonly [State in S]?: readonly T[]
}

declare const Accepts: unique symbol

/** A described actor that takes messages `M`, has snapshots `S` and is started with an input `I`. */
export interface Behavior<in M extends EventObject, out S = unknown, in I = never> {
  readonly logic: AnyActorLogic
  readonly mailbox: MailboxOptions
  readonly defer: Deferral | undefined
  readonly redeliver: number
  readonly outbox: number
  readonly keep: KeepOptions | undefined
  readonly watchInlineSpawns: boolean
  readonly [Accepts]?: (message: M, input: I) => S
}

const overflows: readonly Overflow[] = ['backPressure', 'dropOldest', 'dropNewest', 'fail']
const defaultMailbox: MailboxOptions = { capacity: 10_000, overflow: 'backPressure' }

/** Describes an actor by any XState actor logic (a machine with its actors provided, a transition, a callback …). */
export function behavior<L extends AnyActorLogic>(options: {
  readonly logic: L
  readonly mailbox?: Partial<MailboxOptions>
  readonly defer?: Deferral<EventFromLogic<L>['type'], StatePath<SnapshotFrom<L>>>
  /**
   * How many times a message is offered again when the actor failed while it processed it: at least once delivery,
   * so that its effects may happen more than once. Default 0: it is reported, and lost.
   */
  readonly redeliver?: number
  /**
   * How many messages told in the machine's actions may wait for others' full mailboxes (those with back-pressure).
   * Full, the actor takes no further messages until there is room, or fails with OutboxFull where it would wait for
   * itself. Default 0: what finds a mailbox full is a dead letter.
   */
  readonly outbox?: number
  /** Restarts go on from the state before the failure. Default: they begin anew. */
  readonly keep?: KeepOptions
  /**
   * Watch also the async actions of the first entry of machines that this one spawns without a name (`spawn(machine)`, not
   * `spawn('name')`), at a cost for each of its messages. Default false: name them in `setup({ actors })`.
   */
  readonly watchInlineSpawns?: boolean
}): Behavior<EventFromLogic<L>, SnapshotFrom<L>, InputFrom<L>> {
  const mailbox = { ...defaultMailbox, ...options.mailbox }
  if (typeof options.logic?.transition !== 'function') {
    invalid('behavior', 'it has no logic', 'give a machine, or what fromTransition, fromCallback … make')
  }
  if (!Number.isInteger(mailbox.capacity) || mailbox.capacity < 1) {
    invalid('mailbox', `the capacity is ${mailbox.capacity}`, 'give a whole number of at least 1')
  }
  if (!overflows.includes(mailbox.overflow)) {
    invalid('mailbox', `the overflow is ${mailbox.overflow}`, `give ${overflows.join(', ')}`)
  }
  if (
    options.keep !== undefined &&
    (typeof options.keep.version !== 'string' || !Schema.isSchema(options.keep.context))
  ) {
    invalid('keep', 'it has no version, or no schema', 'give both: { version, context }')
  }
  const { redeliver = 0, outbox = 0, watchInlineSpawns = false } = options
  for (const [id, count] of [
    ['redeliver', redeliver],
    ['outbox', outbox],
  ] as const) {
    if (Number.isInteger(count) && count >= 0) continue
    invalid(id, `it is ${count}`, 'give a whole number of at least 0')
  }
  const defer = options.defer as Deferral | undefined
  expectStates(options.logic, defer ?? {})
  return { logic: options.logic, mailbox, defer, redeliver, outbox, keep: options.keep, watchInlineSpawns }
}

/** A state that is misspelt would never be left, and never be entered: its messages would not wait. */
function expectStates(logic: AnyActorLogic, defer: Deferral): void {
  const states = Object.keys(defer)
  if (states.length === 0) return
  const known = statePaths(logic)
  if (known === undefined) {
    invalid('defer', 'its logic has no states', 'leave `defer` out')
  }
  for (const state of states) {
    if (known.includes(state)) continue
    const advice = known.length === 0 ? 'leave `defer` out' : `it has ${known.join(', ')}`
    invalid('defer', `the machine has no state "${state}"`, advice)
  }
}

function invalid(id: string, problem: string, advice: string): never {
  throw new InvalidSpec({ id, problem, advice })
}
