// What lanes are at that was not given to them here: loads of other models, checks, runs that their callers gave up. Nobody
// tells when these begin and end: they are seen by looking, and how long they take is learnt where looks are close enough.

import { RunningMean } from './RunningMean.ts'
import type { Slot } from './Slot.ts'

export class OtherWork {
  readonly #meanMs = new RunningMean()
  #lookedAt: number | undefined

  /** Called as often as anything changes in the pool; what is not seen to begin or to end is not learnt from. */
  look(slots: Iterable<Slot>, now: number): void {
    const lastAt = this.#lookedAt ?? now
    this.#lookedAt = now
    for (const slot of slots) {
      const { other } = slot
      if (isAtOther(slot)) slot.other ??= { since: now, unseenMs: now - lastAt }
      else if (other !== undefined) {
        slot.other = undefined
        // The pool may have been idle since the last look: then that is what was measured.
        if (other.unseenMs + (now - lastAt) <= lastAt - other.since) this.#meanMs.add(now - other.since)
      }
    }
  }

  /** As long as such things took of late, less what has passed; the first is believed to take as long again. */
  leftMs(slot: Slot, now: number): number {
    if (!isAtOther(slot)) return 0
    const passed = slot.other === undefined ? 0 : now - slot.other.since
    return Math.max(0, (this.#meanMs.value ?? 2 * passed) - passed)
  }
}

export function isAtOther({ lane, running }: Slot): boolean {
  return lane.inFlight > running.size
}
