// What the pool wants to know of the past to route and to scale: service times by model and kind of lane.
// A port: telemetry fills it from disk later; RecentHistory, here, is the one that lives in memory.

import type { Backend } from '@shoal/browser-bridge'
import { RunningMean } from './RunningMean.ts'

/** What makes two lanes alike for the time they take. */
export interface LaneKind {
  /** A kind of browser of this machine, or the one device that it is. */
  readonly browser: string
  readonly backend: Backend
}

export interface ServiceTime {
  /** Mean milliseconds from being given to a lane until its answer, work ahead of it on the lane left out. */
  readonly meanMs: number
  readonly samples: number
}

export interface PerformanceHistory {
  record(model: string, kind: LaneKind, serviceMs: number): void
  serviceTime(model: string, kind: LaneKind): ServiceTime | undefined
  /** The model is gone, and will not come back under this id. */
  forget(model: string): void
}

/** Keeps a running mean that forgets. */
export class RecentHistory implements PerformanceHistory {
  /** By model, then by kind of lane. */
  readonly #times = new Map<string, Map<string, RunningMean>>()

  record(model: string, kind: LaneKind, serviceMs: number): void {
    const times = this.#times.get(model) ?? new Map<string, RunningMean>()
    this.#times.set(model, times)
    const known = times.get(keyOf(kind)) ?? new RunningMean()
    times.set(keyOf(kind), known)
    known.add(serviceMs)
  }

  serviceTime(model: string, kind: LaneKind): ServiceTime | undefined {
    const known = this.#times.get(model)?.get(keyOf(kind))
    return known?.value === undefined ? undefined : { meanMs: known.value, samples: known.count }
  }

  forget(model: string): void {
    this.#times.delete(model)
  }
}

function keyOf({ browser, backend }: LaneKind): string {
  return `${browser} ${backend}`
}
