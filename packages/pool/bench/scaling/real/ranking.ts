// Whether what was measured ranks policies as was predicted, and how far off the prediction is. Pure.

import { quantile } from '@shoal/tools/bench'
import { randomOf } from '../random.ts'
import type { Range } from './predict.ts'

export interface Ranked {
  readonly name: string
  readonly predicted: Range
  readonly measured: number
}

export interface Agreement {
  /** Pairs whose predictions do not overlap: of the others the simulator does not say which is better. */
  readonly told: number
  /** Those of them that the measurements put in the same order. */
  readonly same: number
  /** `a before b`, of those that they do not. */
  readonly other: readonly string[]
}

export function agreementOf(policies: readonly Ranked[]): Agreement {
  const pairs = policies
    .flatMap((a, at) => policies.slice(at + 1).map(b => [a, b] as const))
    .map(([a, b]) => (a.predicted.median <= b.predicted.median ? ([a, b] as const) : ([b, a] as const)))
    .filter(([less, more]) => less.predicted.high < more.predicted.low)
  const other = pairs.filter(([less, more]) => less.measured > more.measured)
  return {
    told: pairs.length,
    same: pairs.length - other.length,
    other: other.map(([less, more]) => `${less.name} before ${more.name}`),
  }
}

const draws = 2000

/**
 * Measured over predicted: the median of the ratios, and where it lies with 95 % (percentile bootstrap, Efron 1979).
 * @param floor added to both, so that a wait of nearly nothing makes no ratio of its own
 */
export function errorOf(policies: readonly Ranked[], floor: number, seed = 1): Range {
  const ratios = policies.map(({ measured, predicted }) => (measured + floor) / (predicted.median + floor))
  const random = randomOf(seed)
  const medians = Array.from({ length: draws }, () =>
    quantile(
      ratios.map(() => ratios[Math.floor(random.next() * ratios.length)] ?? Number.NaN),
      0.5,
    ),
  )
  return { median: quantile(ratios, 0.5), low: quantile(medians, 0.025), high: quantile(medians, 0.975) }
}
