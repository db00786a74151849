// What answers took, by model, browser and back-end: for people and for comparison. Routing has means of its own.

import type { Placement, Timing } from '../Answer.ts'
import { QuantileSketch } from './QuantileSketch.ts'

/** Milliseconds; right to one percent. */
export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export interface LatencyRow {
  /** The id that the model has in the pool. */
  readonly model: string
  readonly browser: Placement['browser']
  readonly backend: Placement['backend']
  readonly adapter: Placement['adapter']
  readonly samples: number
  /** From being accepted to the answer. */
  readonly totalMs: Quantiles
  /** In the engine alone. */
  readonly computeMs: Quantiles
}

interface Sketches {
  readonly row: Pick<LatencyRow, 'model' | 'browser' | 'backend' | 'adapter'>
  readonly total: QuantileSketch
  readonly compute: QuantileSketch
}

export class Latencies {
  /** By model, then by where it ran. */
  readonly #models = new Map<string, Map<string, Sketches>>()

  add(model: string, timing: Timing, { browser, backend, adapter }: Placement): void {
    const places = this.#models.get(model) ?? new Map<string, Sketches>()
    this.#models.set(model, places)
    const place = `${browser} ${backend} ${adapter}`
    const known = places.get(place) ?? {
      row: { model, browser, backend, adapter },
      total: new QuantileSketch(),
      compute: new QuantileSketch(),
    }
    places.set(place, known)
    known.total.add(timing.totalMs)
    known.compute.add(timing.computeMs)
  }

  forget(model: string): void {
    this.#models.delete(model)
  }

  rows(): readonly LatencyRow[] {
    return [...this.#models.values()].flatMap(places =>
      [...places.values()].map(({ row, total, compute }) => ({
        ...row,
        samples: total.count,
        totalMs: quantilesOf(total),
        computeMs: quantilesOf(compute),
      })),
    )
  }
}

function quantilesOf(sketch: QuantileSketch): Quantiles {
  const at = (q: number) => sketch.quantile(q) ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
