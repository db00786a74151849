// Quantiles by the nearest-rank method: each is a value that was measured. The benches' are interpolated instead (type 7 of
// Hyndman and Fan), so a p95 of `shoal stress` and one of `npm run bench` are not the same figure.

/** @param share between 0 and 1; 0.5 is the median. NaN where there are no values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}
