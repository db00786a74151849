// What came and what was served since the scaler last looked. Counters only.

/** Weight of the newest service time in the running mean. */
const weight = 0.2

export class Traffic {
  #arrivals = 0
  #serviceMs: number | undefined

  arrived(): void {
    this.#arrivals++
  }

  served(serviceMs: number): void {
    this.#serviceMs =
      this.#serviceMs === undefined ? serviceMs : (1 - weight) * this.#serviceMs + weight * serviceMs
  }

  /** Arrivals since the last call, and the mean service time of late, in milliseconds. */
  take(): { readonly arrivals: number; readonly serviceMs: number | undefined } {
    const arrivals = this.#arrivals
    this.#arrivals = 0
    return { arrivals, serviceMs: this.#serviceMs }
  }
}
