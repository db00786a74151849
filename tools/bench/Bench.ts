// What a bench is, and what it hands back. A bench measures something beside its floor or its rival in one run;
// how its figures are printed is not its business.

export interface Bench {
  /** As in `npm run bench -- NAME`; the file is bench/NAME.bench.ts. */
  readonly name: string
  /** One line. */
  readonly description: string
  /** Parts that can be run alone, by name, with a line for each: `npm run bench -- NAME --only PART,PART`. */
  readonly parts?: Readonly<Record<string, string>>
  run(context: BenchContext): Promise<readonly Row[]>
}

export interface BenchContext {
  /** Parts that were asked for; all where absent. */
  readonly only?: ReadonlySet<string>
  /** Says how far it is, on standard error. */
  progress(line: string): void
}

/** One figure. Say `software adapter` in the name where one was used. */
export interface Row {
  readonly name: string
  readonly value: number
  /** 'ms', 'MB/s', 'requests/s', … */
  readonly unit: string
  /** What it was measured beside, in the same run. */
  readonly beside?: string
  readonly besideValue?: number
  /** value / besideValue, or the median of the ratios of the pairs. */
  readonly ratio?: number
  /** Samples, of each side. */
  readonly n: number
  /** The middle half of the samples: from the 25th to the 75th percentile. Printed in the table. */
  readonly spread?: readonly [low: number, high: number]
  /** What it should be, in words: 'at most 1.5 ms over the floor'. */
  readonly aim?: string
  readonly met?: boolean
}
