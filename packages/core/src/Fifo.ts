// A first-in first-out list in a ring, so that both ends cost the same however long it is (Array.shift does not). A
// small ring is kept when it is empty: a queue that is always nearly empty is the usual one, and an array that is
// cut to nothing is made anew for the next item. One that never held anything has none.

const smallest = 4
const growth = 4
const kept = 64

/** What a queue has that holds nothing: never written to. */
const none: readonly never[] = []

export class Fifo<T> {
  /** Its length is a power of two, or zero. */
  #ring: (T | undefined)[] = none as never[]
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#resize(Math.max(this.#size * growth, smallest))
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item
    this.#size += 1
  }

  take(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size -= 1
    if (this.#size === 0 && this.#ring.length > kept) {
      this.#ring = none as never[]
      this.#head = 0
    }
    return item
  }

  /** Puts items before all others, in their order. */
  putBack(items: readonly T[]): void {
    const rest: T[] = []
    for (let item = this.take(); item !== undefined; item = this.take()) rest.push(item)
    for (const item of items) this.push(item)
    for (const item of rest) this.push(item)
  }

  #resize(length: number): void {
    const ring = new Array<T | undefined>(length).fill(undefined)
    for (let at = 0; at < this.#size; at++) {
      ring[at] = this.#ring[(this.#head + at) & (this.#ring.length - 1)]
    }
    this.#ring = ring
    this.#head = 0
  }
}
