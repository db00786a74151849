// What one more busy lane adds on this machine, from what was measured. Pure. Throughput of n busy lanes is n over
// their slowdown; it is made concave (a lane never adds more than the one before it) by pooling neighbours that say
// otherwise: isotonic regression of the gains, by pool-adjacent-violators (Ayer et al. 1955). It extrapolates nothing:
// what was not measured is worth trying.

import { countsAtMost, type SlowdownLevel } from './Concurrency.ts'

/** Lanes from `from` (excluded) to `to`, each of which adds `gain`, in throughputs of one lane. */
export interface Gain {
  readonly from: number
  readonly to: number
  readonly gain: number
  /** Standard error of `gain`. */
  readonly error: number
}

/** In standard errors. */
const doubt = 3

/** Answers that a level needs before it says anything. */
const enough = 50

/** Concave throughput as its gains, steepest first; empty until two levels have been measured. */
export function gainsOf(levels: readonly SlowdownLevel[]): Gain[] {
  const known = levels.filter(level => level.count >= enough && level.mean > 0)
  const first = known[0]
  if (!first) return []
  const one = first.mean
  const gains: Gain[] = []
  let before = { busy: 0, throughput: 0, variance: 0 }
  for (const level of known) {
    const throughput = (level.busy * one) / level.mean
    // Of a quotient, by the delta method.
    const relative = level.variance / level.mean ** 2 / Math.min(level.count, countsAtMost)
    const variance = throughput ** 2 * relative
    const lanes = level.busy - before.busy
    gains.push({
      from: before.busy,
      to: level.busy,
      gain: (throughput - before.throughput) / lanes,
      error: Math.sqrt(variance + before.variance) / lanes,
    })
    before = { busy: level.busy, throughput, variance }
    pool(gains)
  }
  return gains
}

/** Merges the last two while the later one gains more than the one before it. */
function pool(gains: Gain[]): void {
  for (;;) {
    const [former, latter] = gains.slice(-2)
    if (!former || !latter || latter.gain <= former.gain) return
    const [a, b] = [former.to - former.from, latter.to - latter.from]
    gains.splice(-2, 2, {
      from: former.from,
      to: latter.to,
      gain: (a * former.gain + b * latter.gain) / (a + b),
      error: Math.hypot(a * former.error, b * latter.error) / (a + b),
    })
  }
}

/**
 * The number of lanes beyond which one more is known to add less than `minGain` of a lone lane's throughput; undefined
 * where no such number was measured. Known means beyond doubt, by three standard errors: to stop too soon under load costs
 * far more than a lane too many.
 */
export function usefulLanes(levels: readonly SlowdownLevel[], minGain: number): number | undefined {
  const flat = gainsOf(levels).find(({ gain, error }) => gain + doubt * error < minGain)
  return flat === undefined ? undefined : Math.max(1, flat.from)
}

/** Slowdown with so many busy lanes beside the one with `reference` of them; between levels, a straight line. */
export function slowdownRatio(levels: readonly SlowdownLevel[], busy: number, reference: number): number {
  const known = levels.filter(level => level.count >= enough && level.mean > 0)
  return known.length < 2 ? 1 : at(known, busy) / at(known, reference)
}

function at(levels: readonly SlowdownLevel[], busy: number): number {
  const above = levels.findIndex(level => level.busy >= busy)
  const upper = levels[above === -1 ? levels.length - 1 : above]
  const lower = levels[above === -1 ? levels.length - 2 : above - 1]
  if (!upper) return 1
  // Fewer lanes than any that was measured are taken to be as slow as the fewest.
  if (!lower || upper.busy === lower.busy) return upper.mean
  // More lanes than any that was measured share what the most had: each is slower in proportion.
  if (above === -1) return upper.mean * Math.max(1, Math.min(busy / upper.busy, upper.mean / lower.mean) || 1)
  return lower.mean + ((upper.mean - lower.mean) * (busy - lower.busy)) / (upper.busy - lower.busy)
}
