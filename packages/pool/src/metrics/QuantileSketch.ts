// Quantiles of many positive numbers in little room: counts in buckets whose bounds grow by a constant factor, so that
// every quantile is right to one percent (DDSketch: Masson, Rim and Lee, 2019). It forgets nothing and keeps no value.

/** Half the width of a bucket, relative to its middle. */
const accuracy = 0.01
const growth = (1 + accuracy) / (1 - accuracy)
const logGrowth = Math.log(growth)
/** Smaller values count as this. */
const least = 1e-3

export class QuantileSketch {
  readonly #buckets = new Map<number, number>()
  #count = 0

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    const bucket = Math.ceil(Math.log(Math.max(least, value)) / logGrowth)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
    this.#count++
  }

  /** The value that a share `q` (0 to 1) of all is at or below; undefined while there is none. */
  quantile(q: number): number | undefined {
    const rank = q * (this.#count - 1)
    let seen = 0
    for (const bucket of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      seen += this.#buckets.get(bucket) ?? 0
      if (seen > rank) return (2 * growth ** bucket) / (growth + 1)
    }
    return undefined
  }
}
