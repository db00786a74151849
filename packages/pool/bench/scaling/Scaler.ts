// What the simulator asks for how many connections there should be: our policy and each rival stand behind this.

import type { SlowdownLevel } from '../../src/scaling/Concurrency.ts'

/** What it may look at. Counts are since it was last asked. */
export interface View {
  readonly at: number
  readonly arrivals: number
  readonly served: number
  readonly servedMs: number
  readonly waiting: number
  readonly running: number
  /** Requests waiting or running, on the mean since it was last asked. */
  readonly meanPresent: number
  readonly ready: number
  /** Ready or on their way; those that drain are not counted. */
  readonly started: number
  readonly draining: number
  readonly cores: number
  /** Share of the cores that was busy since it was last asked. */
  readonly cpuBusy: number
  readonly slowdown: readonly SlowdownLevel[]
  readonly startUpMs: number | undefined
}

export interface Scaler {
  readonly family: string
  /** Its knobs, in words. */
  readonly knobs: string
  readonly everyMs: number
  readonly initial: number
  /** Connections there should be. */
  target(view: View): number
}

/** Scalers hold state: each run has its own. */
export type MakeScaler = () => Scaler
