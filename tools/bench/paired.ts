// Two things measured beside each other: in pairs, in turn first and second, so that a machine that slows down or a
// neighbour that wakes up meets both alike. The ratio is taken pair by pair.
import type { BenchContext, Row } from './Bench.ts'
import { quantile, type Sample, sampleOf } from './Sample.ts'

export interface PairedOptions {
  /** Pairs that count. */
  readonly pairs: number
  /** Pairs before them that do not. Default: a tenth, at least one. */
  readonly warmUp?: number
  /** Told to `progress` with a count. */
  readonly label?: string
}

export interface Paired {
  readonly subject: Sample
  readonly beside: Sample
  /** Median of subject / beside over the pairs. */
  readonly ratio: number
  /** 25th and 75th percentile of the ratios. */
  readonly ratioSpread: readonly [low: number, high: number]
  /** Median of subject − beside over the pairs. */
  readonly difference: number
}

/** Does the thing once. What it returns is the measurement; when it returns nothing, its duration in milliseconds is. */
export type Measured = () => Promise<number | undefined> | Promise<void>

export async function paired(
  context: BenchContext,
  subject: Measured,
  beside: Measured,
  { pairs, warmUp = Math.max(1, Math.ceil(pairs / 10)), label }: PairedOptions,
): Promise<Paired> {
  const subjects: number[] = []
  const besides: number[] = []
  for (let pair = -warmUp; pair < pairs; pair++) {
    const subjectFirst = pair % 2 === 0
    const first = await measure(subjectFirst ? subject : beside)
    const second = await measure(subjectFirst ? beside : subject)
    if (pair < 0) continue
    subjects.push(subjectFirst ? first : second)
    besides.push(subjectFirst ? second : first)
    const step = Math.max(1, Math.floor(pairs / 10))
    if (label !== undefined && (pair + 1) % step === 0)
      context.progress(`${label}: ${pair + 1} of ${pairs} pairs`)
  }
  return pairOf(subjects, besides)
}

/** Two series taken pair by pair, as one comparison. */
export function pairOf(subjects: readonly number[], besides: readonly number[]): Paired {
  const ratios = subjects.map((value, at) => value / (besides[at] ?? Number.NaN))
  const differences = subjects.map((value, at) => value - (besides[at] ?? Number.NaN))
  return {
    subject: sampleOf(subjects),
    beside: sampleOf(besides),
    ratio: quantile(ratios, 0.5),
    ratioSpread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    difference: quantile(differences, 0.5),
  }
}

async function measure(thing: Measured): Promise<number> {
  const started = performance.now()
  const measured = await thing()
  return measured ?? performance.now() - started
}

export interface PairedRow {
  readonly name: string
  readonly unit: string
  /** What stands beside it, in words. */
  readonly beside: string
  readonly aim?: { readonly text: string; readonly met: boolean }
}

/** The row that tells a pair: both medians and the ratio of the pairs. */
export function pairedRow({ subject, beside, ratio }: Paired, about: PairedRow): Row {
  return {
    name: about.name,
    value: subject.median,
    unit: about.unit,
    beside: about.beside,
    besideValue: beside.median,
    ratio,
    n: subject.n,
    spread: subject.spread,
    ...(about.aim === undefined ? {} : { aim: about.aim.text, met: about.aim.met }),
  }
}
