// The simulator's machine, from what was measured in the same run: what requests take, with what runs and starts beside
// them and with the way to an idle lane; how the machine's pace wavers; what start-ups take. Pure. It fits nothing to waits.

import type { Random } from '../random.ts'
import type { Arrival, Machine } from '../Trace.ts'
import type { RealRequest, RealRun } from './RealRun.ts'

export interface Calibrated {
  readonly machine: Machine
  /** The requests of a trace, each with its work drawn. */
  arrivals(moments: readonly number[], random: Random): Arrival[]
}

/** Taken where no start-up was seen, in milliseconds. */
const startUpGuessMs = 3_000

/** Of a lane of the pool's, the one at work included. */
const depth = 2

/** Answers that a level needs to say anything. */
const enough = 20

/**
 * @param runs of which the machine is to be known
 * @param block of them, in which it is to be as fast as it was
 */
export function calibrate(runs: readonly RealRun[], block: number, cores: number): Calibrated {
  const levels = levelsOf(runs.flatMap(({ requests }) => requests))
  const slowdown = (busy: number, starting: number) => levelAt(levels, busy, starting)
  const ofBlock = runs.filter(run => run.block === block)
  const paceOf = (isBehind: boolean) =>
    mean(
      ofBlock.flatMap(({ requests }) =>
        requests
          .filter(request => request.isBehind === isBehind)
          .map(request => request.serviceMs / slowdown(request.busy, request.starting)),
      ),
    )
  const [free, behind] = [paceOf(false), paceOf(true)]
  const [alone, work] = [free ?? behind ?? 1, behind ?? free ?? 1]
  const seconds = ofBlock.flatMap(run =>
    secondsOf(run, ({ serviceMs, busy, starting, isBehind }) => {
      return serviceMs / slowdown(busy, starting) / (isBehind ? work : alone)
    }),
  )
  const startUps = runs.flatMap(run => run.startUps)
  return {
    machine: {
      name: 'as measured',
      cores,
      depth,
      slowdown,
      startUpMs: mean(startUps.map(({ ms }) => ms)) ?? startUpGuessMs,
      startUp: (nth, random) => {
        const alike = startUps.filter(one => one.nth === nth)
        return (oneOf(alike, random) ?? oneOf(startUps, random))?.ms ?? startUpGuessMs
      },
    },
    arrivals: (moments, random) => {
      // Second by second as a measured one, so that what is slow together stays together: a moving-block bootstrap
      // (Künsch 1989) of the machine's pace.
      const chosen = new Map<number, readonly number[]>()
      return moments.map(at => {
        const second = Math.floor(at / 1000)
        const paces = chosen.get(second) ?? oneOf(seconds, random) ?? [1]
        chosen.set(second, paces)
        const pace = oneOf(paces, random) ?? 1
        return { at, workMs: work * pace, wayMs: Math.max(0, alone - work) * pace }
      })
    },
  }
}

/** How much longer requests take beside so many busy lanes and start-ups, over one lane alone; by `keyOf`. */
type Levels = ReadonlyMap<string, number>

/** A two-way model by alternating means: whether it travelled while another ran × what was beside it. */
function levelsOf(requests: readonly RealRequest[]): Levels {
  const cells = Map.groupBy(requests, ({ busy, starting }) => keyOf(busy, starting))
  const known = [...cells].filter(([, { length }]) => length >= enough)
  let levels = new Map(known.map(([key]) => [key, 1]))
  for (let round = 0; round < 8; round++) {
    const over = (isBehind: boolean) =>
      mean(
        known.flatMap(([key, of]) =>
          of.filter(one => one.isBehind === isBehind).map(one => one.serviceMs / (levels.get(key) ?? 1)),
        ),
      ) ?? 1
    const kinds = [over(false), over(true)] as const
    levels = new Map(
      known.map(([key, of]) => [key, mean(of.map(one => one.serviceMs / kinds[one.isBehind ? 1 : 0])) ?? 1]),
    )
  }
  const one = levels.get(keyOf(1, 0)) ?? 1
  return new Map([...levels].map(([key, level]) => [key, level / one]))
}

/** What was not measured is as with one fewer start-up, or else one fewer lane. */
function levelAt(levels: Levels, busy: number, starting: number): number {
  const level = levels.get(keyOf(busy, starting))
  if (level !== undefined) return Math.max(1, level)
  if (starting > 0) return levelAt(levels, busy, starting - 1)
  return busy > 1 ? levelAt(levels, busy - 1, starting) : 1
}

function keyOf(busy: number, starting: number): string {
  return `${busy} busy, ${starting} starting`
}

/** Of the requests that ended in each second of a run. */
function secondsOf({ requests }: RealRun, of: (request: RealRequest) => number): (readonly number[])[] {
  const seconds = Map.groupBy(requests, ({ at, waitMs, serviceMs }) =>
    Math.floor((at + waitMs + serviceMs) / 1000),
  )
  return [...seconds.values()].map(all => all.map(of))
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
}

function oneOf<A>(values: readonly A[], random: Random): A | undefined {
  return values[Math.floor(random.next() * values.length)]
}
