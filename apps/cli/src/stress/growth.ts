// Whether a memory is flat: its slope over a run with an interval, and a verdict. Pure. The first part of a run is left
// out, in which code is compiled and pools are filled.

import type { Point } from '../output/chart.ts'
import { quantile } from '../output/quantile.ts'
import { type Trend, trendOf } from '../output/trend.ts'

export interface Growth {
  /** Bytes a minute. */
  readonly perMinute: Trend
  /** Bytes in the middle of what was measured. */
  readonly level: number
  /** Measurements that count. */
  readonly n: number
  /** False where it certainly grows, and by more than a tenth of the level over what counts. */
  readonly flat: boolean
}

/** Share of a run that is left out. */
const leftOut = 0.25

/** Over the length of the run, as a share of the level. Less is chance, or caches that are not full yet. */
const bearable = 0.1

/** @param points seconds and bytes, in order */
export function growthOf(points: readonly Point[]): Growth {
  const from = (points.at(-1)?.x ?? 0) * leftOut
  const counted = points.filter(({ x }) => x >= from).map(({ x, y }) => ({ x: x / 60, y }))
  const perMinute = trendOf(counted)
  const level = quantile(
    counted.map(({ y }) => y),
    0.5,
  )
  const minutes = (counted.at(-1)?.x ?? 0) - (counted[0]?.x ?? 0)
  const grows = perMinute.low > 0 && perMinute.slope * minutes > bearable * level
  return { perMinute, level, n: counted.length, flat: !grows }
}

/** `+0.2 MiB/min (99 %: −0.1 to 0.4), flat`. */
export function growthText({ perMinute: { slope, low, high }, level, n, flat }: Growth): string {
  return `${mib(level)} MiB, ${mib(slope)} MiB a minute (99 %: ${mib(low)} to ${mib(high)}; ${n} readings): ${flat ? 'flat' : 'GROWS'}`
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
