// What a run cost, and how often it turned round, from how many connections there were when. Pure.

export interface SizeChange {
  /** Milliseconds. */
  readonly at: number
  readonly count: number
}

/** @param sizes whenever the number changed, in order; the last holds until `until` */
export function browserSecondsOf(sizes: readonly SizeChange[], until: number): number {
  const ms = sizes.reduce(
    (sum, { at, count }, index) => sum + count * ((sizes[index + 1]?.at ?? until) - at),
    0,
  )
  return ms / 1000
}

/** Steps in another direction than the step before. */
export function reversalsOf(sizes: readonly SizeChange[]): number {
  const ways = sizes.slice(1).map(({ count }, at) => Math.sign(count - (sizes[at]?.count ?? count)))
  return ways.filter((way, at) => at > 0 && way !== ways[at - 1]).length
}
