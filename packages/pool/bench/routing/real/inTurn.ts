// Requests of several models, one at a time and in turn, over lanes that are all free: where each goes in the end. The
// pool's own `route` and history, in virtual time; what lanes take is drawn from what was recorded.

import { type LaneKind, RecentHistory } from '../../../src/PerformanceHistory.ts'
import type { Candidate } from '../../../src/routing/Candidate.ts'
import { type Explored, route } from '../../../src/routing/route.ts'
import { randomOf } from '../../scaling/random.ts'
import { draw, type Places } from '../Places.ts'

/** By model, then by lane: the share of the requests that count. */
export type Shares = Readonly<Record<string, Readonly<Record<string, number>>>>

/**
 * @param learn requests of each model before those that count
 * @param count requests of each model that count
 */
export function inTurn(
  places: Places,
  { learn, count, seed }: { readonly learn: number; readonly count: number; readonly seed: number },
): Shares {
  const random = randomOf(seed)
  const history = new RecentHistory()
  const explored = new Map<string, Explored>()
  const chosen: Record<string, Record<string, number>> = {}
  const usedAt = new Map<string, number>()
  let now = 0
  for (let turn = 0; turn < learn + count; turn++) {
    for (const model of places.models) {
      const candidates = places.lanes.flatMap((place): Candidate[] =>
        place.quantilesMs[model] === undefined
          ? []
          : [candidateOf(place, model, history, now - (usedAt.get(place.lane) ?? 0))],
      )
      const before = explored.get(model) ?? { routedMs: 0, exploredMs: 0 }
      const choice = route(candidates, before)
      const lane = candidates.find(one => choice._tag === 'run' && one.lane === choice.lane)
      const quantiles = places.lanes.find(place => place.lane === lane?.lane)?.quantilesMs[model]
      if (choice._tag === 'wait' || !lane || !quantiles) continue
      const expectedMs = lane.serviceMs ?? 1
      explored.set(model, {
        routedMs: before.routedMs + expectedMs,
        exploredMs: before.exploredMs + (choice.basis === 'exploration' ? expectedMs : 0),
      })
      const tookMs = draw(quantiles, random)
      usedAt.set(lane.lane, now)
      now += tookMs
      history.record(model, lane, tookMs)
      if (turn < learn) continue
      const of = chosen[model] ?? {}
      chosen[model] = { ...of, [lane.lane]: (of[lane.lane] ?? 0) + 1 / count }
    }
  }
  return chosen
}

function candidateOf(
  { lane, browser, backend }: LaneKind & { readonly lane: string },
  model: string,
  history: RecentHistory,
  idleMs: number,
): Candidate {
  const known = history.serviceTime(model, { browser, backend })
  return {
    lane,
    connection: lane,
    browser,
    backend,
    trust: 'own',
    credits: 2,
    pending: 0,
    aheadMs: 0,
    serviceMs: known?.meanMs,
    samples: known?.samples ?? 0,
    coldMs: undefined,
    preference: 0,
    // All lanes of one model here are alike in this.
    software: false,
    standing: 'ok',
    idleMs,
    isSpare: false,
  }
}
