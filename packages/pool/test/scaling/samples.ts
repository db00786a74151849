// Samples and histories for the scaler's tables of cases.

import { emptyHistory, observe, type ScalingHistory } from '../../src/scaling/History.ts'
import type { Sample } from '../../src/scaling/Sample.ts'
import { defaultRules, type ScalingPolicy } from '../../src/scaling/ScalingPolicy.ts'

export const policy: ScalingPolicy = {
  ...defaultRules,
  coolDownMs: 30_000,
  minConnections: 1,
  maxConnections: 8,
}

export const sample = (at: number, over: Partial<Sample> = {}): Sample => ({
  at,
  arrivals: 0,
  waiting: 0,
  running: 0,
  ready: 1,
  started: 1,
  served: 0,
  servedMs: 0,
  slowdown: [],
  startUpMs: 2_000,
  resources: undefined,
  ...over,
})

/** One sample each half second over `seconds` from `from` on, all alike. */
export const steady = (seconds: number, over: Partial<Sample>, from = 0): Sample[] =>
  Array.from({ length: seconds * 2 + 1 }, (_, index) => sample(from + index * 500, over))

/** So many requests a second, each taking so long, all served. */
export const load = (rate: number, serviceMs: number): Partial<Sample> => ({
  arrivals: rate / 2,
  served: rate / 2,
  servedMs: (rate / 2) * serviceMs,
  running: Math.round((rate * serviceMs) / 1000),
})

export const seen = (samples: readonly Sample[], by: ScalingPolicy = policy): ScalingHistory =>
  samples.reduce((history, one) => observe(history, one, by), emptyHistory)
