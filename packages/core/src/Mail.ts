// What a mailbox holds: a message as it was told, or an envelope around one, which carries more than the message.

import type { EventObject } from 'xstate'
import type { Trace } from './Trace.ts'

/** A message, with what is known of this one sending of it. */
export abstract class Envelope {
  abstract readonly message: EventObject
  /** The trace that it belongs to. */
  readonly trace: Trace | undefined
  /** How often it has been offered again. Counted here, because one object may be told many times, and to many. */
  times = 0

  constructor(trace: Trace | undefined) {
    this.trace = trace
  }

  /** It is offered again. */
  again(): void {
    this.times += 1
  }
}

/** A told message that belongs to a trace, or has been offered again. */
export class Letter extends Envelope {
  readonly message: EventObject

  constructor(message: EventObject, trace?: Trace) {
    super(trace)
    this.message = message
  }
}

export type Mail = EventObject | Envelope

/** Not everybody has a type checker, and XState takes what has no type for a message too. */
export const isMessage = (given: EventObject | null | undefined): boolean => typeof given?.type === 'string'

export const messageOf = (mail: Mail): EventObject => (mail instanceof Envelope ? mail.message : mail)
