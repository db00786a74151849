// What the scaler remembers: the samples of the window, how many connections were wanted at each of them, when it last
// stepped, and the forecast. A value; `observe` makes the next one. It decides nothing.

import { type Demand, demandOf } from './demand.ts'
import { type Forecast, isBelievable, noForecast, observeBucket, rateAhead } from './forecast.ts'
import type { Sample } from './Sample.ts'
import type { ScalingPolicy } from './ScalingPolicy.ts'
import { connectionsFor, type Load, roomFor } from './staffing.ts'

/** How many connections would do at one moment, and for what. */
export interface Need {
  readonly at: number
  readonly demand: Demand
  /** For the load as it is. */
  readonly load: number
  /** For the load, and for what waits beyond what those that are up work off meanwhile. */
  readonly backlog: number
  /** For the load that is forecast; undefined where the forecast is not believed. */
  readonly forecast: number | undefined
  readonly forecastRate: number | undefined
}

export interface ScalingHistory {
  /** Oldest first, none older than the window. */
  readonly samples: readonly Sample[]
  /** Oldest first, none older than the cool-down. */
  readonly needs: readonly Need[]
  readonly forecast: Forecast
  /** The bucket that is being filled. */
  readonly bucket: { readonly since: number; readonly arrivals: number } | undefined
  readonly firstAt: number | undefined
  readonly lastOutAt: number | undefined
  readonly lastInAt: number | undefined
  /** When a step in that was begun was last called off. */
  readonly calledOffAt: number | undefined
}

export const emptyHistory: ScalingHistory = {
  samples: [],
  needs: [],
  forecast: noForecast,
  bucket: undefined,
  firstAt: undefined,
  lastOutAt: undefined,
  lastInAt: undefined,
  calledOffAt: undefined,
}

/** Buckets in a season, and the length of one where there are no seasons, in milliseconds. */
const [seasonBuckets, plainBucketMs] = [60, 5_000]

/** Taken for the start-up before one was measured, in milliseconds. */
const firstGuessMs = 3_000

export function observe(history: ScalingHistory, sample: Sample, policy: ScalingPolicy): ScalingHistory {
  const samples = [...history.samples.filter(({ at }) => at >= sample.at - policy.windowMs), sample]
  const leadMs = sample.startUpMs ?? firstGuessMs
  const demand = demandOf(samples, policy)
  const { forecast, bucket } = observeArrivals(history, sample, demand.rate, policy, leadMs)
  const need = needOf(demand, sample, forecast, leadMs, policy)
  return {
    ...history,
    samples,
    forecast,
    bucket,
    needs: [...history.needs.filter(({ at }) => at > sample.at - policy.coolDownMs), need],
    firstAt: history.firstAt ?? sample.at,
  }
}

/** Connections wanted, spare and all. */
export function wantedOf({ load, backlog, forecast }: Need, policy: ScalingPolicy): number {
  const most = Math.max(load, backlog, forecast ?? 0, policy.minConnections)
  return most + (policy.warmSpare ? 1 : 0)
}

function observeArrivals(
  { forecast, bucket }: ScalingHistory,
  sample: Sample,
  naive: number,
  policy: ScalingPolicy,
  leadMs: number,
): Pick<ScalingHistory, 'forecast' | 'bucket'> {
  if (bucket === undefined) return { forecast, bucket: { since: sample.at, arrivals: 0 } }
  const bucketMs = bucketMsOf(policy)
  const arrivals = bucket.arrivals + sample.arrivals
  const passed = sample.at - bucket.since
  if (passed < bucketMs) return { forecast, bucket: { ...bucket, arrivals } }
  // A pause of the host's makes one long bucket; it is told as several alike, so that seasons keep their pace.
  const buckets = Math.min(Math.floor(passed / bucketMs), 2 * seasonBuckets)
  let next = forecast
  const season = policy.seasonMs === undefined ? 0 : seasonBuckets
  for (let at = 0; at < buckets; at++)
    next = observeBucket(next, (arrivals * 1000) / passed, naive, season, leadBuckets(leadMs, bucketMs))
  return { forecast: next, bucket: { since: bucket.since + buckets * bucketMs, arrivals: 0 } }
}

function bucketMsOf({ seasonMs }: ScalingPolicy): number {
  return seasonMs === undefined ? plainBucketMs : seasonMs / seasonBuckets
}

function leadBuckets(leadMs: number, bucketMs: number): number {
  return Math.max(1, Math.ceil(leadMs / bucketMs))
}

function needOf(
  demand: Demand,
  latest: Sample,
  forecast: Forecast,
  leadMs: number,
  policy: ScalingPolicy,
): Need {
  const { at } = latest
  const { serviceMs, present } = demand
  // More than there may be, so that it shows how much is wanting.
  const most = 2 * policy.maxConnections
  // Before anything was answered, each request that is here is given a connection.
  if (serviceMs === undefined) {
    const each = Math.min(present, most)
    return { at, demand, load: each, backlog: each, forecast: undefined, forecastRate: undefined }
  }
  const room = roomFor(policy.outAbove)
  const load: Load = { rate: demand.rate, serviceMs, beside: demand.beside, slowdown: latest.slowdown }
  const bucketMs = bucketMsOf(policy)
  const forecastRate = isBelievable(forecast) ? rateAhead(forecast, leadBuckets(leadMs, bucketMs)) : undefined
  return {
    at,
    demand,
    load: connectionsFor(load, room, most),
    backlog: connectionsFor(load, room, most, leftOver(demand, latest, serviceMs, leadMs), policy.backlogMs),
    forecast:
      forecastRate === undefined ? undefined : connectionsFor({ ...load, rate: forecastRate }, room, most),
    forecastRate,
  }
}

/** Of what waits, what those that are up will not have begun when a connection that is started now would serve. */
function leftOver({ rate, waiting }: Demand, { ready }: Sample, serviceMs: number, leadMs: number): number {
  const spare = ready - (rate * serviceMs) / 1000
  return Math.max(0, waiting - (spare * leadMs) / serviceMs)
}

/** After a step was taken. */
export function stepped(history: ScalingHistory, way: 'out' | 'in', at: number): ScalingHistory {
  return way === 'out' ? { ...history, lastOutAt: at } : { ...history, lastInAt: at }
}

/** After a step in was begun and called off. */
export function calledOff(history: ScalingHistory, at: number): ScalingHistory {
  return { ...history, calledOffAt: at }
}
