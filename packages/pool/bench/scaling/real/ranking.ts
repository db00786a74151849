// Whether what was measured ranks policies as was predicted, and how far off the prediction is. Pure. Policies are compared
// block by block, since those of a block met the same arrivals and the same machine; as logarithms of ratios, since waits
// differ by factors.

import { quantile } from '@shoal/tools/bench'

export interface Ranked {
  readonly name: string
  /** One of each block. */
  readonly measured: readonly number[]
  /** By seed, then of each block. */
  readonly predicted: readonly (readonly number[])[]
}

/** Where something lies with 95 %. */
export interface Interval {
  readonly middle: number
  readonly low: number
  readonly high: number
}

export interface Pair {
  /** The one that the simulator has as less, or else the measurements; of a pair that neither tells apart, any. */
  readonly less: string
  readonly more: string
  /** `more` over `less`. */
  readonly measured: Interval
  readonly predicted: Interval
  readonly verdict: 'agree' | 'disagree' | 'tie in both' | 'tie as simulated' | 'tie as measured'
}

/** Student's t for 95 %, two-sided, by degrees of freedom (from 1). */
const student = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const

/** Of the mean, by Student's t (Gosset 1908): few blocks are believed little. */
export function meanOf(values: readonly number[]): Interval {
  const n = values.length
  const middle = values.reduce((sum, value) => sum + value, 0) / n
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (n - 1)
  const reach = n < 2 ? Number.POSITIVE_INFINITY : (student[n - 2] ?? 2) * Math.sqrt(variance / n)
  return { middle, low: middle - reach, high: middle + reach }
}

/**
 * Every two of them.
 * @param floor added to all, so that waits of nearly nothing make no ratio of their own
 */
export function pairsOf(policies: readonly Ranked[], floor: number): Pair[] {
  return policies.flatMap((a, at) => policies.slice(at + 1).map(b => pairOf(a, b, floor)))
}

function pairOf(a: Ranked, b: Ranked, floor: number): Pair {
  const measured = meanOf(logRatios(b.measured, a.measured, floor))
  const means = b.predicted.map((of, seed) => meanOf(logRatios(of, a.predicted[seed] ?? [], floor)).middle)
  const predicted: Interval = {
    middle: quantile(means, 0.5),
    low: quantile(means, 0.025),
    high: quantile(means, 0.975),
  }
  const [real, simulated] = [wayOf(measured), wayOf(predicted)]
  const isTurned = (simulated || real || 1) < 0
  const turn = (interval: Interval) => ratioOf(isTurned ? turned(interval) : interval)
  return {
    less: isTurned ? b.name : a.name,
    more: isTurned ? a.name : b.name,
    measured: turn(measured),
    predicted: turn(predicted),
    verdict: verdictOf(real, simulated),
  }
}

function verdictOf(real: number, simulated: number): Pair['verdict'] {
  if (real === 0) return simulated === 0 ? 'tie in both' : 'tie as measured'
  if (simulated === 0) return 'tie as simulated'
  return real === simulated ? 'agree' : 'disagree'
}

/** 1 or −1 where it lies on one side of nothing, else 0. */
function wayOf({ low, high }: Interval): number {
  if (low > 0) return 1
  return high < 0 ? -1 : 0
}

/** Measured over predicted (the median of the seeds), over the blocks. */
export function errorOf({ measured, predicted }: Ranked, floor: number): Interval {
  return ratioOf(meanOf(logErrors(measured, predicted, floor)))
}

export interface Misses {
  /** Factor, at least 1, by which a run lies off what was predicted: the mean of the logarithms' sizes, over all runs. */
  readonly typical: number
  /** What it would be where the prediction were right: a predicted run beside the median of its seeds. */
  readonly byChance: number
  /** The policy that is farthest off over its blocks, and how far. */
  readonly worst: { readonly name: string; readonly error: Interval }
}

/** How far off the prediction is where too much and too little do not cancel; undefined where nothing was predicted. */
export function missesOf(policies: readonly Ranked[], floor: number): Misses | undefined {
  const size = (logs: readonly number[]) =>
    Math.exp(logs.reduce((sum, log) => sum + Math.abs(log), 0) / logs.length)
  const [worst] = policies
    .map(policy => ({ name: policy.name, log: meanOf(logErrors(policy.measured, policy.predicted, floor)) }))
    .sort((a, b) => Math.abs(b.log.middle) - Math.abs(a.log.middle))
  return (
    worst && {
      typical: size(policies.flatMap(({ measured, predicted }) => logErrors(measured, predicted, floor))),
      byChance: size(
        policies.flatMap(({ predicted }) => predicted.flatMap(of => logErrors(of, predicted, floor))),
      ),
      worst: { name: worst.name, error: ratioOf(worst.log) },
    }
  )
}

/** Whether what was measured and what was predicted lie on opposite sides in the middle, told apart or not. */
export function isOpposite({ measured, predicted }: Pair): boolean {
  return (measured.middle - 1) * (predicted.middle - 1) < 0
}

function logErrors(
  measured: readonly number[],
  predicted: readonly (readonly number[])[],
  floor: number,
): number[] {
  const middle = measured.map((_, block) =>
    quantile(
      predicted.map(of => of[block] ?? 0),
      0.5,
    ),
  )
  return logRatios(measured, middle, floor)
}

function logRatios(over: readonly number[], under: readonly number[], floor: number): number[] {
  return over.map((value, at) => Math.log((value + floor) / ((under[at] ?? 0) + floor)))
}

function ratioOf({ middle, low, high }: Interval): Interval {
  return { middle: Math.exp(middle), low: Math.exp(low), high: Math.exp(high) }
}

function turned({ middle, low, high }: Interval): Interval {
  return { middle: -middle, low: -high, high: -low }
}
