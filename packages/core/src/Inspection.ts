// What can be watched from outside: one closed union of events, and the hub that hands them on. It decides
// nothing and stores nothing. Nobody listening is the normal case: senders ask `active` before they build one.

import type { EventObject } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import { callListener } from './callListener.ts'
import type { ExitReason } from './ExitReason.ts'
import type { StoreFailed } from './errors.ts'
import type { Trace } from './Trace.ts'

/**
 * Why a message reached nobody. `NoSuchActor`: its actor has ended, or ended with it in the mailbox. `MailboxFull`: there
 * was no room, and its sender could not wait. `Dropped`: the mailbox drops what is too much. `Expired`: nobody waited for
 * the answer any more. `Unhandled`: it was received, and nothing in the actor's state declares it. `OldIncarnation`: it
 * came from an incarnation that was over. `InvalidMessage`: it was no message; it is the `given` of one of the type
 * `shoal.noMessage`.
 */
export type DeadReason =
  | 'NoSuchActor'
  | 'MailboxFull'
  | 'Dropped'
  | 'Expired'
  | 'Unhandled'
  | 'OldIncarnation'
  | 'InvalidMessage'

/** A message that was in process when its actor failed: lost (its ask fails), or offered to the next incarnation. */
export interface InProcess {
  readonly message: EventObject
  readonly fate: 'Lost' | 'OfferedAgain'
}

interface At {
  readonly path: ActorPath
  /** Milliseconds on the system's clock. */
  readonly at: number
}

/** The lives of actors: few, and always worth knowing. */
export type LifecycleEvent =
  | (At & { readonly _tag: 'ActorStarted'; readonly kind: 'worker' | 'supervisor'; readonly epoch: number })
  | (At & {
      readonly _tag: 'ActorStopped'
      readonly epoch: number
      readonly reason: ExitReason
      /** The message that it failed with, and what becomes of that. */
      readonly inProcess?: InProcess
    })
  | (At & {
      readonly _tag: 'ActorRestarted'
      readonly epoch: number
      /** Why it had to be: the end of this child, or of the sibling that took it along. */
      readonly why: ExitReason
      /** Which attempt in a row, from 1. */
      readonly attempt: number
    })
  /** The store of what it keeps threw, or gave back a promise that was rejected. */
  | (At & { readonly _tag: 'StoreFailed'; readonly error: StoreFailed })

/** Everything that can be inspected. */
export type Inspection =
  | LifecycleEvent
  | (At & { readonly _tag: 'MessageSent'; readonly message: EventObject })
  | (At & {
      readonly _tag: 'MessageReceived'
      readonly message: EventObject
      /** The trace that it belongs to, if it was told or asked in one. */
      readonly trace?: Trace
    })
  | (At & { readonly _tag: 'MessageDeferred'; readonly message: EventObject })
  | (At & { readonly _tag: 'MessageDead'; readonly message: EventObject; readonly why: DeadReason })
  | (At & {
      readonly _tag: 'Transition'
      /** The XState id of the machine within this actor: its own, or that of a machine it invoked. */
      readonly machine: string
      readonly event: EventObject
      readonly from: unknown
      readonly to: unknown
    })
  | (At & {
      readonly _tag: 'ActionRun'
      readonly machine: string
      readonly action: string
      readonly params: unknown
    })
  | (At & { readonly _tag: 'MailboxDepth'; readonly depth: number })

/** A message that reached nobody. */
export interface DeadLetter {
  readonly path: ActorPath
  readonly message: EventObject
  readonly why: DeadReason
}

/** An incarnation that was given up although effects of it had not ended: what they do from then on is dropped. */
export interface Abandoned {
  readonly path: ActorPath
  readonly epoch: number
  /** How many of its effects had not ended. */
  readonly effects: number
  readonly at: number
}

/** Hands events on to whoever listens. A listener that throws stops nobody: its error is reported, and that is all. */
export class Hub<E> {
  /** Each in an object of its own: who subscribes twice hears twice, and leaves once. */
  readonly #listeners = new Set<{ readonly listener: (event: E) => void }>()
  readonly #onBroken: (error: unknown) => void
  readonly #onEdge: ((active: boolean) => void) | undefined

  /** `onEdge` is called when the first listener comes and when the last one goes. */
  constructor(onBroken: (error: unknown) => void, onEdge?: (active: boolean) => void) {
    this.#onBroken = onBroken
    this.#onEdge = onEdge
  }

  get active(): boolean {
    return this.#listeners.size > 0
  }

  subscribe(listener: (event: E) => void): () => void {
    const entry = { listener }
    this.#listeners.add(entry)
    if (this.#listeners.size === 1) this.#onEdge?.(true)
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#onEdge?.(false)
    }
  }

  publish(event: E): void {
    for (const { listener } of this.#listeners) callListener(listener, event, this.#onBroken)
  }
}
