// What the simulator says of a policy's runs on real browsers: the same arrivals, on a machine as it was measured while the
// other policies ran, so that nothing of what is foretold is known. Over several seeds, since each real run is one draw.

import { randomOf } from '../random.ts'
import type { MakeScaler } from '../Scaler.ts'
import { type Outcome, simulate } from '../simulate.ts'
import { type Calibrated, calibrate } from './calibrate.ts'
import type { RealRun } from './RealRun.ts'

/** One policy on one trace: a real run of each block. */
export interface PolicyRuns {
  readonly make: MakeScaler
  readonly runs: readonly RealRun[]
}

/**
 * Of each seed, what came of each block. Each draws the work of every request, the start-ups and the moment of the first
 * look anew.
 * @param moments of each block's requests
 * @param all runs of all policies; of those of the others the machine is known
 */
export function predict(
  { make, runs }: PolicyRuns,
  moments: readonly (readonly number[])[],
  all: readonly RealRun[],
  cores: number,
  seeds: readonly number[],
): (readonly Outcome[])[] {
  const own = new Set(runs)
  const others = all.filter(run => !own.has(run))
  const machines = runs.map(({ block }) => calibrate(others, block, cores))
  return seeds.map(seed =>
    machines.map((machine, at) => outcomeOf(make, moments[at] ?? [], machine, 1000 * seed + at)),
  )
}

function outcomeOf(
  make: MakeScaler,
  moments: readonly number[],
  { machine, arrivals }: Calibrated,
  seed: number,
): Outcome {
  const random = randomOf(seed)
  const scaler = make()
  const firstLookMs = random.next() * scaler.everyMs
  return simulate(
    { name: '', about: '', arrivals: arrivals(moments, random), machine, firstLookMs },
    scaler,
    seed,
  )
}
