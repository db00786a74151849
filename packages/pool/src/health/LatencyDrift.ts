// How a lane's latency of late stands to its own past: a lane that is alive and ten times slower is not well. Two
// short windows and their medians; what follows from the ratio is not decided here.

/** Newest latencies that count as "of late". */
const recentLength = 8
/** Latencies before those that count as the past. */
const pastLength = 64
/** Fewer say nothing. */
const leastRecent = 5
const leastPast = 16
/** From here on what is new does not become the past: a slow lane must not teach that slow is normal. */
const frozenFrom = 2

export class LatencyDrift {
  readonly #recent: number[] = []
  readonly #past: number[] = []

  add(ms: number): void {
    this.#recent.push(ms)
    if (this.#recent.length <= recentLength) return
    const leaving = this.#recent.shift()
    if (leaving === undefined || (this.ratio ?? 1) >= frozenFrom) return
    this.#past.push(leaving)
    if (this.#past.length > pastLength) this.#past.shift()
  }

  /** For a page that took the place of this one: it has the same past, and nothing of late. */
  heir(): LatencyDrift {
    const heir = new LatencyDrift()
    heir.#past.push(...this.#past)
    return heir
  }

  /** Median of late over the median of the past; undefined while there are too few of either. */
  get ratio(): number | undefined {
    if (this.#recent.length < leastRecent || this.#past.length < leastPast) return undefined
    return median(this.#recent) / Math.max(Number.EPSILON, median(this.#past))
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
