// How long a lane is at what it has before it begins what is given to it now: its runs, and what else it is seen at. It knows
// no queue, and gives nothing out.

import type { Job } from './Job.ts'
import { isAtOther, OtherWork } from './OtherWork.ts'
import { RunningMean } from './RunningMean.ts'
import type { Slot } from './Slot.ts'

/** So long a lane may stand idle after something else that it was at. */
const lookEveryMs = 25

export class WorkAhead {
  readonly #other = new OtherWork()
  /** Of requests of any model: what is believed of one that was never measured. */
  readonly #anyMs = new RunningMean()

  /** A request was answered after so long, by a lane that had run its model before. */
  served(serviceMs: number): void {
    this.#anyMs.add(serviceMs)
  }

  /** Called as often as anything changes in the pool. */
  look(slots: Iterable<Slot>, now: number): void {
    this.#other.look(slots, now)
  }

  /** When to look again, where something waits: nobody tells that a lane has ended what else it was at. */
  lookAgainAt(slots: Iterable<Slot>, now: number): number | undefined {
    for (const slot of slots)
      if (slot.state === 'open' && slot.running.size === 0 && isAtOther(slot)) return now + lookEveryMs
    return undefined
  }

  /**
   * In milliseconds. A run that is overdue is believed to take as long again.
   * @param expectedMs of each request of a run, where such runs were measured
   */
  ms(slot: Slot, now: number, expectedMs: (job: Job) => number | undefined): number {
    let sum = 0
    for (const job of slot.running) {
      const known = expectedMs(job) ?? this.#anyMs.value
      // Before anything was measured nothing is overdue: lanes that are alike share the first requests.
      const atWorkMs = sum === 0 && known !== undefined ? now - Math.max(job.startedAt, slot.lastEndedAt) : 0
      sum += Math.max(job.entries.length * (known ?? 1), atWorkMs)
    }
    return sum + this.#other.leftMs(slot, now)
  }
}
