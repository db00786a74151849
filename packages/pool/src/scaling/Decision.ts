// What the scaler decided, why, and on what grounds. Data and its words only.

import type { Ceiling } from './ceilings.ts'

/** What made the number of connections what it should be. */
export type ScalingCause =
  /** Nothing was seen yet. */
  | 'start'
  | 'below the minimum'
  | 'above the maximum'
  /** Requests wait that those which are up would not work off in time. */
  | 'backlog'
  | 'surge'
  | 'load'
  /** What is forecast for when a connection that is started now would serve. */
  | 'forecast'
  /** Memory, processor or the pool's own bounds forbid a step, or another lane would add nothing. */
  | 'ceiling'
  /** More would do, and a rule holds it back: cool-down, rebound, or a step that is still under way. */
  | 'waiting'
  | 'idle'
  | 'enough'

/** The figures a decision rests on. */
export interface ScalingGrounds {
  readonly at: number
  /** Connections up or on their way, and up. */
  readonly started: number
  readonly ready: number
  readonly running: number
  readonly waiting: number
  /** Arrivals a second. */
  readonly rate: number
  readonly serviceMs: number | undefined
  /** Arrivals a second that are forecast one start-up ahead; undefined where the forecast is not believed. */
  readonly forecastRate: number | undefined
  readonly startUpMs: number | undefined
  /** Connections that the load takes, before any ceiling and rule. */
  readonly wanted: number
  /** The greatest number wanted in the last cool-down. */
  readonly peak: number
  readonly ceiling: Ceiling
}

export interface Decision {
  readonly _tag: 'hold' | 'out' | 'in'
  readonly target: number
  readonly cause: ScalingCause
  /** In words. */
  readonly reason: string
  /** undefined before anything was seen. */
  readonly grounds: ScalingGrounds | undefined
}

export const nothingSeen = (target: number): Decision => ({
  _tag: 'hold',
  target,
  cause: 'start',
  reason: 'nothing seen yet',
  grounds: undefined,
})
