// Who acts now. JavaScript runs one actor at a time and to the end of its transition, so that what an action tells
// others can be put down to its actor and its trace without being handed either.

import type { ActorClock } from './ActorClock.ts'
import type { Outbox } from './Outbox.ts'
import type { Trace } from './Trace.ts'

export interface Turn {
  /** The outbox of the actor whose machine runs now; none if it has none, and between transitions. */
  outbox: Outbox | undefined
  /** The trace of the message that is processed now. */
  trace: Trace | undefined
}

/** Runs something as a turn of an actor. */
export function inTurn<A>(turn: Turn, outbox: Outbox | undefined, trace: Trace | undefined, act: () => A): A {
  const before = { ...turn }
  turn.outbox = outbox
  turn.trace = trace
  try {
    return act()
  } finally {
    turn.outbox = before.outbox
    turn.trace = before.trace
  }
}

/** The clock for a machine with an outbox: what its timers cause are turns of its actor. */
export class TurnClock implements ActorClock {
  readonly #clock: ActorClock
  readonly #turn: Turn
  readonly #outbox: Outbox

  constructor(clock: ActorClock, turn: Turn, outbox: Outbox) {
    this.#clock = clock
    this.#turn = turn
    this.#outbox = outbox
  }

  now(): number {
    return this.#clock.now()
  }

  setTimeout(fn: () => void, ms: number): unknown {
    return this.#clock.setTimeout(() => inTurn(this.#turn, this.#outbox, undefined, fn), ms)
  }

  clearTimeout(handle: unknown): void {
    this.#clock.clearTimeout(handle)
  }
}
