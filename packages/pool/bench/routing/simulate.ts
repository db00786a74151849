// Requests of several models over unequal lanes in virtual time: the pool's own `route` and history choose, or a static
// placement does. All requests wait from the start, as under saturation; models share lanes as the ledger has it.

import { FairShare } from '../../src/admission/FairShare.ts'
import { type LaneKind, RecentHistory } from '../../src/PerformanceHistory.ts'
import type { Candidate } from '../../src/routing/Candidate.ts'
import { type Explored, route } from '../../src/routing/route.ts'
import { Heap } from '../scaling/Heap.ts'
import { randomOf } from '../scaling/random.ts'
import { draw, type Places } from './Places.ts'

/** Requests that a lane holds at most, the one at work included. */
const depth = 2

/** What each model's requests choose from; by model, the lanes' names. Undefined: the pool routes. */
export type StaticPlacement = Readonly<Record<string, readonly string[]>> | undefined

export interface RoutingRun {
  /** Requests a second over those that count. */
  readonly throughput: number
  /** Share of the lane time that went to learn of lanes. */
  readonly explored: number
}

interface Lane {
  readonly index: number
  readonly queue: { readonly model: string; readonly tookMs: number; readonly expectedMs: number }[]
  idleSince: number
}

/**
 * @param learn requests of each model before those that count
 * @param count requests of each model that count
 */
export function simulateRouting(
  places: Places,
  placement: StaticPlacement,
  { learn, count, seed }: { readonly learn: number; readonly count: number; readonly seed: number },
): RoutingRun {
  const random = randomOf(seed)
  const history = new RecentHistory()
  const fair = new FairShare()
  const left = new Map(places.models.map(model => [model, learn]))
  const explored = new Map<string, Explored>()
  const lanes = places.lanes.map((_, index): Lane => ({ index, queue: [], idleSince: 0 }))
  const ends = new Heap<Lane>()
  let now = 0

  const kindOf = (index: number): LaneKind => {
    const place = places.lanes[index]
    return { browser: place?.browser ?? '', backend: place?.backend ?? 'wasm' }
  }
  const candidatesOf = (model: string): Candidate[] =>
    lanes.flatMap(lane => {
      const place = places.lanes[lane.index]
      if (!place?.quantilesMs[model] || (placement && !placement[model]?.includes(place.lane))) return []
      const known = history.serviceTime(model, kindOf(lane.index))
      return {
        lane: place.lane,
        connection: place.lane,
        ...kindOf(lane.index),
        trust: 'own',
        credits: depth - lane.queue.length,
        pending: lane.queue.filter(({ model: queued }) => queued === model).length,
        aheadMs: lane.queue.reduce((sum, { expectedMs }) => sum + expectedMs, 0),
        serviceMs: known?.meanMs,
        samples: known?.samples ?? 0,
        coldMs: undefined,
        preference: 0,
        // A static placement may use what it likes.
        software: placement === undefined && place.software,
        standing: 'ok',
        idleMs: now - lane.idleSince,
        isSpare: false,
      }
    })

  const start = (lane: Lane) => {
    const [first] = lane.queue
    if (first) ends.push(now + first.tookMs, lane)
  }
  const give = (model: string): boolean => {
    const choice = route(candidatesOf(model), placement ? undefined : explored.get(model))
    if (choice._tag === 'wait') return false
    const lane = lanes.find(({ index }) => places.lanes[index]?.lane === choice.lane)
    const quantiles = places.lanes[lane?.index ?? -1]?.quantilesMs[model]
    if (!lane || !quantiles) return false
    const expectedMs = history.serviceTime(model, kindOf(lane.index))?.meanMs ?? 1
    const before = explored.get(model) ?? { routedMs: 0, exploredMs: 0 }
    explored.set(model, {
      routedMs: before.routedMs + expectedMs,
      exploredMs: before.exploredMs + (choice.basis === 'exploration' ? expectedMs : 0),
    })
    lane.queue.push({ model, tookMs: draw(quantiles, random), expectedMs })
    if (lane.queue.length === 1) start(lane)
    fair.take(model, expectedMs, 1)
    left.set(model, (left.get(model) ?? 0) - 1)
    if (left.get(model) === 0) fair.leave(model)
    return true
  }
  const pump = () => {
    const waiting = () =>
      places.models
        .filter(model => (left.get(model) ?? 0) > 0)
        .sort((a, b) => fair.startOf(a) - fair.startOf(b))
    while (waiting().some(give));
  }
  const runAll = () => {
    pump()
    while (ends.size > 0) {
      now = ends.least ?? now
      const lane = ends.pop()
      const done = lane?.queue.shift()
      if (!lane || !done) continue
      history.record(done.model, kindOf(lane.index), done.tookMs)
      lane.idleSince = now
      start(lane)
      pump()
    }
  }
  const wait = (requests: number) => {
    for (const model of places.models) {
      left.set(model, requests)
      fair.join(model)
    }
  }
  wait(learn)
  runAll()
  const from = now
  wait(count)
  runAll()
  const all = [...explored.values()]
  const routedMs = all.reduce((sum, one) => sum + one.routedMs, 0)
  return {
    throughput: (count * places.models.length * 1000) / (now - from),
    explored: routedMs === 0 ? 0 : all.reduce((sum, one) => sum + one.exploredMs, 0) / routedMs,
  }
}

/**
 * The best placement of each model on a set of lanes that never changes, found by trying all. Software adapters are
 * left out: they are slower by two orders of magnitude, and double the sets to try.
 */
export function bestStatic(
  places: Places,
  options: { readonly learn: number; readonly count: number; readonly seed: number },
): { readonly placement: NonNullable<StaticPlacement>; readonly throughput: number } {
  const names = places.lanes.filter(({ software }) => !software).map(({ lane }) => lane)
  const sets = Array.from({ length: 2 ** names.length - 1 }, (_, at) =>
    names.filter((_name, bit) => ((at + 1) >> bit) % 2 === 1),
  )
  let best = { placement: {} as NonNullable<StaticPlacement>, throughput: 0 }
  const choose = (at: number, chosen: NonNullable<StaticPlacement>) => {
    const model = places.models[at]
    if (model === undefined) {
      const { throughput } = simulateRouting(places, chosen, options)
      if (throughput > best.throughput) best = { placement: chosen, throughput }
      return
    }
    for (const set of sets) choose(at + 1, { ...chosen, [model]: set })
  }
  choose(0, {})
  return best
}
