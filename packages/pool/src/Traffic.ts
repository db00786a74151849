// What came and what was served since the scaler last looked. Counters only.

import { RunningMean } from './RunningMean.ts'

export class Traffic {
  readonly #serviceMs = new RunningMean()
  #arrivals = 0

  arrived(): void {
    this.#arrivals++
  }

  served(serviceMs: number): void {
    this.#serviceMs.add(serviceMs)
  }

  /** Arrivals since the last call, and the mean service time of late, in milliseconds. */
  take(): { readonly arrivals: number; readonly serviceMs: number | undefined } {
    const arrivals = this.#arrivals
    this.#arrivals = 0
    return { arrivals, serviceMs: this.#serviceMs.value }
  }
}
