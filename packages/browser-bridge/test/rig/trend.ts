// Whether a series of measurements grows: Theil and Sen's slope, which a few wild values do not move, with Sen's
// confidence interval. Not wall time's judge: for memory after each of many rounds.
// Source: Sen 1968, 'Estimates of the regression coefficient based on Kendall's tau'.

export interface Trend {
  /** Median of the slopes of all pairs, in units a step. */
  readonly slope: number
  /** 99 % of the interval that the true slope lies in. */
  readonly low: number
  readonly high: number
}

const z99 = 2.576

export function trendOf(values: readonly number[]): Trend {
  const n = values.length
  const slopes: number[] = []
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) slopes.push(((values[j] ?? 0) - (values[i] ?? 0)) / (j - i))
  slopes.sort((a, b) => a - b)
  // Without ties, which only widens the interval.
  const half = (z99 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2
  const at = (index: number) =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(index)))] ?? Number.NaN
  const middle = (slopes.length - 1) / 2
  return {
    slope: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(middle - half),
    high: at(middle + half),
  }
}
