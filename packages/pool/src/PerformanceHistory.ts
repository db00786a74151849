// What the pool wants to know of the past to route and to scale: service times by model and kind of lane.
// A port: telemetry fills it from disk later; RecentHistory, here, is the one that lives in memory.

import type { Backend, BrowserKind } from '@shoal/browser-bridge'
import { RunningMean } from './RunningMean.ts'

/** What makes two lanes alike for the time they take. */
export interface LaneKind {
  readonly browser: BrowserKind
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
}

/** Keeps a running mean that forgets. */
export class RecentHistory implements PerformanceHistory {
  readonly #times = new Map<string, RunningMean>()

  record(model: string, kind: LaneKind, serviceMs: number): void {
    const key = keyOf(model, kind)
    const known = this.#times.get(key) ?? new RunningMean()
    this.#times.set(key, known)
    known.add(serviceMs)
  }

  serviceTime(model: string, kind: LaneKind): ServiceTime | undefined {
    const { value, count } = this.#times.get(keyOf(model, kind)) ?? new RunningMean()
    return value === undefined ? undefined : { meanMs: value, samples: count }
  }
}

function keyOf(model: string, kind: LaneKind): string {
  return `${model} ${kind.browser} ${kind.backend}`
}
