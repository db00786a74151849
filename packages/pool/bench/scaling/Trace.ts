// A trace: what arrives when, and how much work each request is. Data only; traces.ts makes them.

export interface Arrival {
  /** Milliseconds after the trace's start. */
  readonly at: number
  /** Milliseconds that a lane takes for it with nothing beside. */
  readonly workMs: number
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
}

/** What the connections share. */
export interface Machine {
  readonly name: string
  readonly cores: number
  /** How much longer a request takes while so many lanes are busy. */
  slowdown(busy: number): number
  /** Mean milliseconds from a step out until the connection serves, models loaded. */
  readonly startUpMs: number
}
