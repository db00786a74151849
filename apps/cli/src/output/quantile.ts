// Quantiles of a handful of numbers, by the nearest-rank method.

/** @param share between 0 and 1; 0.5 is the median. NaN where there are no values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}
