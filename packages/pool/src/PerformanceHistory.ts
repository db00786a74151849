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

/** Under what a time was measured, or is asked for. */
export interface ServiceContext {
  /** Requests that share the run. Default 1. */
  readonly batch?: number
  /** Lanes of this machine that are busy meanwhile, this one included. Default 1. */
  readonly busy?: number
  /** The first run of the model on its lane, which compiles and allocates. Default false. */
  readonly first?: boolean
}

export interface PerformanceHistory {
  /** @param serviceMs of each request of the run */
  record(model: string, kind: LaneKind, serviceMs: number, context?: ServiceContext): void
  /** Of each request of a run of that size; where none of that size was measured, of the nearest size that was. */
  serviceTime(model: string, kind: LaneKind, context?: ServiceContext): ServiceTime | undefined
  /** The model is gone, and will not come back under this id. */
  forget(model: string): void
}

/** What one size of run took, and beside how many busy lanes. */
interface Known {
  readonly ms: RunningMean
  readonly busy: RunningMean
}

/** How much longer requests take with so many busy lanes than with so many others. */
export type SlowdownRatio = (busy: number, reference: number) => number

/** Keeps running means that forget. */
export class RecentHistory implements PerformanceHistory {
  /** By model, then by kind of lane, then by size of run. */
  readonly #times = new Map<string, Map<string, Map<number, Known>>>()
  readonly #first = new Map<string, Map<string, RunningMean>>()
  readonly #slowdown: SlowdownRatio

  constructor(slowdown: SlowdownRatio = () => 1) {
    this.#slowdown = slowdown
  }

  record(model: string, kind: LaneKind, serviceMs: number, context: ServiceContext = {}): void {
    const { batch = 1, busy = 1, first = false } = context
    if (first) {
      const means = inner(this.#first, model)
      const mean = means.get(keyOf(kind)) ?? new RunningMean()
      means.set(keyOf(kind), mean)
      mean.add(serviceMs)
      return
    }
    const sizes = inner(inner(this.#times, model), keyOf(kind))
    const known = sizes.get(batch) ?? { ms: new RunningMean(), busy: new RunningMean() }
    sizes.set(batch, known)
    known.ms.add(serviceMs)
    known.busy.add(busy)
  }

  serviceTime(model: string, kind: LaneKind, context: ServiceContext = {}): ServiceTime | undefined {
    const { batch = 1, busy, first = false } = context
    if (first) return timeOf(this.#first.get(model)?.get(keyOf(kind)))
    const known = nearest(this.#times.get(model)?.get(keyOf(kind)), batch)
    const time = timeOf(known?.ms)
    if (!time || !known || busy === undefined) return time
    return { ...time, meanMs: time.meanMs * this.#slowdown(busy, known.busy.value ?? busy) }
  }

  forget(model: string): void {
    this.#times.delete(model)
    this.#first.delete(model)
  }
}

function inner<A, K, V>(outer: Map<A, Map<K, V>>, key: A): Map<K, V> {
  const known = outer.get(key) ?? new Map<K, V>()
  outer.set(key, known)
  return known
}

function timeOf(mean: RunningMean | undefined): ServiceTime | undefined {
  return mean?.value === undefined ? undefined : { meanMs: mean.value, samples: mean.count }
}

function nearest(sizes: ReadonlyMap<number, Known> | undefined, batch: number): Known | undefined {
  const exact = sizes?.get(batch)
  if (exact || !sizes) return exact
  return [...sizes].sort(([a], [b]) => Math.abs(a - batch) - Math.abs(b - batch))[0]?.[1]
}

function keyOf({ browser, backend }: LaneKind): string {
  return `${browser} ${backend}`
}
