// How well a connection is, from 0 to 100, as a pure function of what was measured of it; each point lost has a
// reason in words. What is done about it is routing's and recycling's.

import type { Vitals } from './Vitals.ts'

/** What was measured of a connection of late. */
export interface HealthFacts extends Vitals {
  /** Runs that ended, at most the last 20, and how many of them failed through no fault of their caller's. */
  readonly runs: number
  readonly failures: number
  readonly consecutiveFailures: number
  /** Latency of late over its own past, with what all connections share (a busy machine) taken out. 1: as ever. */
  readonly drift: number | undefined
  /** The same of models that no other runs, so that nothing can be taken out: it may just be asked for more. */
  readonly loneDrift: number | undefined
  /** Times it was lost within the last five minutes. */
  readonly drops: number
}

/**
 * What signs may cost (beats, and a slowness that nothing is there to be held against), and memory: together less than it
 * takes to be degraded. They say that something is coming; runs say that it has.
 */
const [mostForSigns, mostForMemory] = [30, 15]

/** A main thread that has not answered for so long is worth a word: one at work answers late, too. */
const mainBorneMs = 5_000

/** From this share of what its browser may take, up to all of it. */
const memoryFrom = 0.8

export interface HealthScore {
  readonly score: number
  /** The greatest loss first; empty at 100. */
  readonly reasons: readonly string[]
}

/** Below this a connection is degraded. */
export const degradedBelow = 50

/** One that was degraded has recovered from here on: medians of few runs move up and down by themselves. */
export const recoveredFrom = 75

/** Failed runs say something once there are so many. */
const leastRuns = 4

export function healthScore(facts: HealthFacts): HealthScore {
  const {
    runs,
    failures,
    consecutiveFailures,
    drift,
    loneDrift,
    drops,
    missedBeats,
    lateBeats,
    mainMs,
    memory = 0,
  } = facts
  const losses: readonly Loss[] = [
    [runs < leastRuns ? 0 : 60 * (failures / runs), `${failures} of its last ${runs} runs failed`],
    [Math.min(40, 10 * consecutiveFailures), `its last ${consecutiveFailures} runs failed`],
    [Math.min(60, slowness(drift)), `it is ${drift?.toFixed(1)} times slower than it was`],
    [Math.min(30, 10 * drops), `it was lost ${drops} times in five minutes`],
    ...upTo(mostForSigns, [
      [10 * missedBeats, `its link has missed ${missedBeats} beats`],
      [
        mainMs < mainBorneMs ? 0 : 20,
        `its page’s main thread has not answered for ${(mainMs / 1000).toFixed(0)} s`,
      ],
      [2 * lateBeats, `its link was late ${lateBeats} times in five minutes`],
      [
        slowness(loneDrift),
        `it is ${loneDrift?.toFixed(1)} times slower than it was, or is asked for more: no other runs the same`,
      ],
    ]),
    [
      Math.min(1, Math.max(0, (memory - memoryFrom) / (1 - memoryFrom))) * mostForMemory,
      `its browser takes ${(100 * memory).toFixed(0)} % of what it may`,
    ],
  ]
  const felt = losses.filter(([points]) => points >= 1).sort(([a], [b]) => b - a)
  const lost = felt.reduce((sum, [points]) => sum + points, 0)
  return { score: Math.max(0, Math.round(100 - lost)), reasons: felt.map(([, reason]) => reason) }
}

/** 2 times slower costs 17 points, 4 times 34, 8 times 51. */
function slowness(drift = 1): number {
  return drift <= 1 ? 0 : 17 * Math.log2(drift)
}

type Loss = readonly [points: number, reason: string]

/** As many points as there are to lose, to the first that ask. */
function upTo(most: number, losses: readonly Loss[]): Loss[] {
  let left = most
  return losses.map(([points, reason]): Loss => {
    const lost = Math.min(left, points)
    left -= lost
    return [lost, reason]
  })
}
