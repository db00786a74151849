// How fast a queue is worked off: the mean time between two ends while requests wait. Time in which none waited says
// nothing of it, and neither do requests that end where they wait. It knows no requests, and sets no timer.

import { RunningMean } from '../RunningMean.ts'

/** So small that what ends together, as a batch does, leaves the mean nearly where it was. */
const weight = 0.02

export class Pace {
  readonly #gapMs = new RunningMean(weight)
  /** Since when anything has waited without a pause, or since the last end after that; undefined while nothing waits. */
  #since: number | undefined

  /** Milliseconds between two ends; undefined before one was seen while anything waited. */
  get meanMs(): number | undefined {
    return this.#gapMs.value
  }

  /** So many wait now. */
  waits(size: number, now: number): void {
    this.#since = size === 0 ? undefined : (this.#since ?? now)
  }

  /** One that was given to a lane has ended. */
  ended(now: number): void {
    if (this.#since === undefined) return
    this.#gapMs.add(now - this.#since)
    this.#since = now
  }
}
