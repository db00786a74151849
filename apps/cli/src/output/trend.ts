// Whether measurements grow with time: Theil and Sen's slope, which a few wild values do not move, with Sen's
// confidence interval. Pure. Source: Sen 1968, 'Estimates of the regression coefficient based on Kendall's tau'.

import type { Point } from './chart.ts'

export interface Trend {
  /** Median of the slopes of all pairs, in units of y for each unit of x. */
  readonly slope: number
  /** Where the true slope lies with 99 %. */
  readonly low: number
  readonly high: number
}

const z99 = 2.576

/** @param points with different x; a slope of NaN where there are fewer than two */
export function trendOf(points: readonly Point[]): Trend {
  const n = points.length
  const slopes = points
    .flatMap((a, at) => points.slice(at + 1).map(b => (b.y - a.y) / (b.x - a.x)))
    .sort((a, b) => a - b)
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
