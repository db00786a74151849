// A list of measurements of one thing, and the figures taken from it. Medians, because a shared machine has a long
// tail that belongs to the neighbours.

export interface Sample {
  readonly values: readonly number[]
  readonly n: number
  readonly median: number
  /** 25th and 75th percentile. */
  readonly spread: readonly [low: number, high: number]
}

export function sampleOf(values: readonly number[]): Sample {
  return {
    values,
    n: values.length,
    median: quantile(values, 0.5),
    spread: [quantile(values, 0.25), quantile(values, 0.75)],
  }
}

/**
 * The q-quantile by linear interpolation between closest ranks (Hyndman and Fan 1996, type 7); NaN of nothing.
 * @param q from 0 to 1
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}
