// Repeatable chance: the same seed and index give the same numbers. Not for secrets.

export class Random {
  #state: number

  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0
    // The first numbers of neighbouring indices are alike.
    for (let warm = 0; warm < 8; warm++) this.#next()
  }

  int(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1))
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.int(0, from.length - 1)]
    if (picked === undefined) throw new RangeError('there is nothing to pick from')
    return picked
  }

  shuffle<T>(items: readonly T[]): readonly T[] {
    const shuffled = [...items]
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.int(0, at)
      const [a, b] = [shuffled[at] as T, shuffled[other] as T]
      shuffled[at] = b
      shuffled[other] = a
    }
    return shuffled
  }

  /** mulberry32, by Tommy Ettinger. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
