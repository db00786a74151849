// What the simulator says of a run on real browsers: the same arrivals, with the service times, the slowdown and the
// start-ups that were measured. Over several seeds, since each real run is one draw.

import { quantile } from '@shoal/tools/bench'
import { Concurrency } from '../../../src/scaling/Concurrency.ts'
import { slowdownRatio } from '../../../src/scaling/throughput.ts'
import { randomOf } from '../random.ts'
import type { MakeScaler } from '../Scaler.ts'
import { type Outcome, simulate } from '../simulate.ts'
import type { Machine } from '../Trace.ts'
import type { RealRequest, RealRun } from './RealRun.ts'

export interface Measured {
  readonly machine: Machine
  /** What requests would have taken with nothing beside, in milliseconds. */
  readonly workMs: readonly number[]
}

/** Taken where no start-up was seen, in milliseconds. */
const startUpGuessMs = 3_000

export function measuredOf(runs: readonly RealRun[], cores: number): Measured {
  const requests = runs.flatMap(run => run.requests)
  const concurrency = new Concurrency()
  for (const { busy, serviceMs } of requests) concurrency.observe('', busy, serviceMs, 0)
  const levels = concurrency.levels(0)
  const slowdown = (busy: number) => Math.max(1, slowdownRatio(levels, busy, 1))
  const startUps = runs.flatMap(({ startUpMs }) => startUpMs ?? [])
  return {
    machine: {
      name: 'as measured',
      cores,
      slowdown,
      startUpMs: startUps.length === 0 ? startUpGuessMs : quantile(startUps, 0.5),
    },
    workMs: requests.map(({ busy, serviceMs }: RealRequest) => serviceMs / slowdown(busy)),
  }
}

export interface Prediction {
  readonly outcomes: readonly Outcome[]
  /** Median, and the middle nine tenths. */
  readonly p95WaitMs: Range
  readonly browserSeconds: Range
}

export interface Range {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** Each seed draws the work of every request, and the start-ups, anew. */
export function predict(
  moments: readonly number[],
  { machine, workMs }: Measured,
  make: MakeScaler,
  seeds: readonly number[],
): Prediction {
  const outcomes = seeds.map(seed => {
    const random = randomOf(seed)
    const arrivals = moments.map(at => ({
      at,
      workMs: workMs[Math.floor(random.next() * workMs.length)] ?? 0,
    }))
    return simulate({ name: '', about: '', arrivals, machine }, make(), seed)
  })
  return {
    outcomes,
    p95WaitMs: rangeOf(outcomes.map(one => one.p95WaitMs)),
    browserSeconds: rangeOf(outcomes.map(one => one.browserSeconds)),
  }
}

export function rangeOf(values: readonly number[]): Range {
  return { median: quantile(values, 0.5), low: quantile(values, 0.05), high: quantile(values, 0.95) }
}
