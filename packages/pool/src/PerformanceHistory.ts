// What the pool wants to know of the past to route and to scale: service times by model and kind of lane.
// A port: telemetry fills it from disk later; RecentHistory, here, is the one that lives in memory.

/** What makes two lanes alike for the time they take. */
export interface LaneKind {
  readonly browser: string
  readonly backend: string
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

/** Weight of the newest sample once there are enough (exponential average, as the original description has it). */
const weight = 0.2

/** Keeps a running mean that forgets: plain for the first few samples, exponential after. */
export class RecentHistory implements PerformanceHistory {
  readonly #times = new Map<string, { meanMs: number; samples: number }>()

  record(model: string, kind: LaneKind, serviceMs: number): void {
    const key = keyOf(model, kind)
    const known = this.#times.get(key)
    if (!known) {
      this.#times.set(key, { meanMs: serviceMs, samples: 1 })
      return
    }
    known.samples++
    known.meanMs += Math.max(weight, 1 / known.samples) * (serviceMs - known.meanMs)
  }

  serviceTime(model: string, kind: LaneKind): ServiceTime | undefined {
    return this.#times.get(keyOf(model, kind))
  }
}

function keyOf(model: string, kind: LaneKind): string {
  return `${model} ${kind.browser} ${kind.backend}`
}
