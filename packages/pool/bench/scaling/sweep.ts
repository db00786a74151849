// Each policy with its knobs turned: the rivals' whole sweeps, and ours.

import { kpa } from './kpa.ts'
import { ours } from './ours.ts'
import { rayServe } from './rayServe.ts'
import type { MakeScaler } from './Scaler.ts'
import { thresholdRule } from './thresholdRule.ts'

/** Connections at most, for everyone. */
export const most = 20

export function rivals(): MakeScaler[] {
  return [
    ...cross([0.5, 0.7, 0.9], [6_000, 20_000, 60_000], [0, 30_000]).map(
      ([target, stableWindowMs, scaleDownDelayMs]) => kpa({ target, stableWindowMs, scaleDownDelayMs }, most),
    ),
    ...cross([0.7, 1, 2], [0, 3, 30], [10, 60, 600]).map(
      ([targetOngoingRequests, upscaleDelayS, downscaleDelayS]) =>
        rayServe(
          {
            targetOngoingRequests,
            upscaleDelayS,
            downscaleDelayS,
            lookBackPeriodS: upscaleDelayS === 30 ? 30 : 3,
          },
          most,
        ),
    ),
    ...cross([0.5, 0.7, 0.9], [0.3, 0.45], [3_000, 10_000, 30_000]).map(([upAbove, downBelow, coolDownMs]) =>
      thresholdRule({ upAbove, downBelow, coolDownMs }, most),
    ),
    ...Array.from({ length: most }, (_, at) => fixed(at + 1)),
  ]
}

/** Ours with the room it plans with turned; the first is what the pool does by itself. */
export function ourPoints(seasonMs: number | undefined): MakeScaler[] {
  return [0.7, 0.6, 0.8, 0.9].map(outAbove => ours({ outAbove, seasonMs }, `outAbove ${outAbove}`, most))
}

function fixed(count: number): MakeScaler {
  return () => ({
    family: 'fixed',
    knobs: `${count}`,
    everyMs: 60_000,
    initial: 1,
    target: () => count,
  })
}

function cross(
  a: readonly number[],
  b: readonly number[],
  c: readonly number[],
): (readonly [number, number, number])[] {
  return a.flatMap(x => b.flatMap(y => c.map(z => [x, y, z] as const)))
}
