// How many connections a load takes. Pure. Square-root staffing (Halfin & Whitt 1981): to a load that keeps `a` lanes
// busy belong a + β√a of them, so that the chance to wait is about the same for few lanes as for many; a fixed share
// of busy lanes would starve few and idle many.

import type { SlowdownLevel } from './Concurrency.ts'
import { slowdownRatio } from './throughput.ts'

/** The load at which `outAbove` is the busy share that is planned with. */
const referenceLoad = 4

/** β, by which `referenceLoad` lanes' work is planned with a busy share of `outAbove`. */
export function roomFor(outAbove: number): number {
  return (referenceLoad / outAbove - referenceLoad) / Math.sqrt(referenceLoad)
}

export interface Load {
  /** Arrivals a second. */
  readonly rate: number
  /** Milliseconds a request, measured while `beside` lanes were busy. */
  readonly serviceMs: number
  readonly beside: number
  readonly slowdown: readonly SlowdownLevel[]
}

/** Lanes that the load keeps busy where `lanes` of them share the machine: each slows the others down. */
export function busyLanes({ rate, serviceMs, beside, slowdown }: Load, lanes: number): number {
  const plain = (rate * serviceMs) / 1000
  const busy = Math.min(lanes, plain)
  return plain * slowdownRatio(slowdown, Math.max(1, busy), Math.max(1, beside))
}

/**
 * Connections for the load, at least 0 and at most `most`.
 * @param backlog requests beyond it, to be worked off within `backlogMs`
 */
export function connectionsFor(
  load: Load,
  room: number,
  most: number,
  backlog = 0,
  backlogMs = Number.POSITIVE_INFINITY,
): number {
  for (let lanes = 0; lanes < most; lanes++) {
    const busy = busyLanes(load, lanes)
    const serviceMs = load.rate > 0 ? (busy / load.rate) * 1000 : load.serviceMs
    const drain = (backlog * serviceMs) / backlogMs
    if (lanes >= Math.max(busy + room * Math.sqrt(busy), busy + drain) - 1e-9) return lanes
  }
  return most
}
