// Chance from a printed seed: the same seed gives the same run.

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1 (mulberry32: Ettinger, 2017). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  is(probability: number): boolean {
    return this.next() < probability
  }

  /** Exponential: the time to the next of independent events. */
  after(meanMs: number): number {
    return -Math.log(1 - this.next()) * meanMs
  }

  of<A>(values: readonly A[]): A | undefined {
    return values[Math.floor(this.next() * values.length)]
  }
}
