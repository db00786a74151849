// A trace: what arrives when, and how much work each request is. Data only; traces.ts makes them.

import type { Random } from './random.ts'

export interface Arrival {
  /** Milliseconds after the trace's start. */
  readonly at: number
  /** Milliseconds that a lane takes for it with nothing beside. */
  readonly workMs: number
  /** What its way to a lane takes where it finds one that is idle; one that waits travels meanwhile. Default 0. */
  readonly wayMs?: number
}

export interface Trace {
  readonly name: string
  /** Where it is from; `synthetic` is said in it. */
  readonly about: string
  /** In order. */
  readonly arrivals: readonly Arrival[]
  readonly machine: Machine
  /** Of the seasons in it, in milliseconds, where it has some. */
  readonly seasonMs?: number
  /** When the scaler looks first, in milliseconds. Default 0. */
  readonly firstLookMs?: number
}

/** What the connections share. */
export interface Machine {
  readonly name: string
  readonly cores: number
  /** How much longer a request takes while so many lanes are busy and so many connections start. */
  slowdown(busy: number, starting: number): number
  /** Mean milliseconds from a step out until the connection serves, models loaded. */
  readonly startUpMs: number
  /** Draws what the so-manieth connection takes. Default: log-normal about the mean. */
  startUp?(nth: number, random: Random): number
  /** Requests that a lane holds, the one at work included; the others cannot go elsewhere. Default 1. */
  readonly depth?: number
}
