// What a mailbox holds: a message as it was told, or an envelope around one, which carries more than the message.

import type { EventObject } from 'xstate'
import type { Trace } from './Trace.ts'

/** A message with the trace that it belongs to. */
export abstract class Envelope {
  abstract readonly message: EventObject
  readonly trace: Trace | undefined

  constructor(trace: Trace | undefined) {
    this.trace = trace
  }
}

/** A told message that belongs to a trace. */
export class Letter extends Envelope {
  readonly message: EventObject

  constructor(message: EventObject, trace: Trace) {
    super(trace)
    this.message = message
  }
}

export type Mail = EventObject | Envelope

export const messageOf = (mail: Mail): EventObject => (mail instanceof Envelope ? mail.message : mail)
