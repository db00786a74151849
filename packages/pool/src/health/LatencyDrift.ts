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

interface Latency {
  readonly ms: number
  readonly at: number
}

export class LatencyDrift {
  /** Since when it is kept; an heir's is that of the first. */
  readonly since: number
  readonly #recent: Latency[] = []
  readonly #past: Latency[] = []
  /** Of the latencies as they are: it is asked for more often than they change. */
  #ratio: number | undefined

  constructor(since: number) {
    this.since = since
  }

  /**
   * @param at milliseconds
   * @param slow whether what is slow becomes the past after all: where nothing shows that it is the lane's own doing, it is
   * as likely that it is asked for more
   */
  add(ms: number, at: number, slow: 'keep' | 'learn'): void {
    this.#recent.push({ ms, at })
    const leaving = this.#recent.length > recentLength ? this.#recent.shift() : undefined
    this.#ratio = this.#ratioNow()
    if (leaving === undefined || (slow === 'keep' && (this.#ratio ?? 1) >= frozenFrom)) return
    this.#past.push(leaving)
    if (this.#past.length > pastLength) this.#past.shift()
    this.#ratio = this.#ratioNow()
  }

  /** For a page that took the place of this one: it has the same past, and nothing of late. */
  heir(): LatencyDrift {
    const heir = new LatencyDrift(this.since)
    heir.#past.push(...this.#past)
    return heir
  }

  /** Median of late over the median of the past; undefined while there are too few of either. */
  get ratio(): number | undefined {
    return this.#ratio
  }

  /** When the middle of its past was; undefined without one. */
  get pastAt(): number | undefined {
    return this.#past[this.#past.length >> 1]?.at
  }

  #ratioNow(): number | undefined {
    if (this.#recent.length < leastRecent || this.#past.length < leastPast) return undefined
    const [recent, past] = [median(this.#recent.map(msOf)), median(this.#past.map(msOf))]
    return recent / Math.max(Number.EPSILON, past)
  }
}

const msOf = ({ ms }: Latency): number => ms

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
