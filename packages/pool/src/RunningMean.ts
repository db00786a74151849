// A mean that forgets: plain over the first few values, exponential after. One number and a count; no window.

/** Weight of the newest value once there are enough. */
const weight = 0.2

export class RunningMean {
  readonly #weight: number
  #mean: number | undefined
  #count = 0

  /** @param newest weight of the newest value, 0–1: 0.2 remembers about nine, 0.02 about a hundred */
  constructor(newest = weight) {
    this.#weight = newest
  }

  /** undefined before anything was added. */
  get value(): number | undefined {
    return this.#mean
  }

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    this.#count++
    const mean = this.#mean ?? value
    this.#mean = mean + Math.max(this.#weight, 1 / this.#count) * (value - mean)
  }
}
