// All policies on all traces, over several seeds: the figures that the bench prints and the charts show.

import { type Point, rivalsAt } from './compare.ts'
import type { MakeScaler } from './Scaler.ts'
import { type Outcome, simulate } from './simulate.ts'
import { ourPoints, rivals } from './sweep.ts'
import type { Trace } from './Trace.ts'
import { azureTrace, syntheticTraces } from './traces.ts'

/** Not those that the policy was tuned on, which were 1 and 2. */
export const seeds = [101, 102, 103] as const

export interface TraceRuns {
  readonly name: string
  readonly about: string
  readonly requests: number
  readonly rivals: readonly Point[]
  /** What the pool does by itself first. */
  readonly ours: readonly Point[]
}

/** @param missing hears what could not be run */
export function runAll(progress: (line: string) => void, missing: (line: string) => void): TraceRuns[] {
  const azure = azureTrace(1)
  if (!azure) missing('azure: skipped, ../shared/traces/azure-llm-conv.csv is not there')
  const bySeed = seeds.map(seed => syntheticTraces(seed))
  const traces: Trace[][] = (bySeed[0] ?? []).map((_, at) => bySeed.flatMap(all => all[at] ?? []))
  return [...(azure ? [[azure]] : []), ...traces].flatMap(alike => {
    const [first] = alike
    if (!first) return []
    progress(`${first.name}: ${alike.length === 1 ? 'one trace' : `${alike.length} seeds`}`)
    return {
      name: first.name,
      about: first.about,
      requests: alike.reduce((sum, { arrivals }) => sum + arrivals.length, 0),
      rivals: rivals().map(make => pointOf(make, alike)),
      ours: ourPoints(first.seasonMs).map(make => pointOf(make, alike)),
    }
  })
}

function pointOf(make: MakeScaler, traces: readonly Trace[]): Point {
  const { family, knobs } = make()
  // Recorded arrivals have no seed; start-ups still have.
  const outcomes = seeds.flatMap((seed, at) => {
    const trace = traces.length === 1 ? traces[0] : traces[at]
    return trace ? simulate(trace, make(), seed) : []
  })
  return { family, knobs, outcome: meanOf(outcomes) }
}

function meanOf(outcomes: readonly Outcome[]): Outcome {
  const mean = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((sum, outcome) => sum + of(outcome), 0) / outcomes.length
  return {
    p95WaitMs: mean(one => one.p95WaitMs),
    meanWaitMs: mean(one => one.meanWaitMs),
    late: mean(one => one.late),
    browserSeconds: mean(one => one.browserSeconds),
    reversals: mean(one => one.reversals),
    sizes: outcomes[0]?.sizes ?? [],
  }
}

/** p95 that the best of the rivals' whole sweep reaches at what ours costs; undefined where none is as cheap. */
export function rivalP95({ rivals: points }: TraceRuns, { outcome }: Point): number | undefined {
  return rivalsAt(points, outcome.browserSeconds, one => one.p95WaitMs)
}
