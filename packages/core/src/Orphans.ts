// The asks that incarnations of one actor had taken which ended without a failure of their own. What these asks end with
// depends on what follows, and that is decided elsewhere. Until then nobody can answer them.

import type { Ask } from './Ask.ts'
import { causeOf, type ExitReason } from './ExitReason.ts'

export class Orphans {
  readonly #asks = new Set<Ask<unknown>>()

  take(ask: Ask<unknown>): void {
    if (ask.settled) return
    ask.orphan()
    this.#asks.add(ask)
    ask.holder = this.#asks
  }

  /** There will be another incarnation. */
  restarting(why: ExitReason): void {
    for (const ask of [...this.#asks]) ask.actorFailed(causeOf(why), 'restart')
  }

  /** The actor has ended for good. */
  ended(): void {
    for (const ask of [...this.#asks]) ask.actorEnded()
  }
}
