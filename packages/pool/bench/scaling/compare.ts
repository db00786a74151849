// Which points are better: dominance, and waits at equal cost. Pure.

import type { Outcome } from './simulate.ts'

export interface Point {
  readonly family: string
  readonly knobs: string
  readonly outcome: Outcome
}

/** At least as good in every measure, and better in one. */
export function dominates(a: Outcome, b: Outcome): boolean {
  const pairs = [
    [a.p95WaitMs, b.p95WaitMs],
    [a.late, b.late],
    [a.browserSeconds, b.browserSeconds],
    [a.reversals, b.reversals],
  ] as const
  return pairs.every(([x, y]) => x <= y) && pairs.some(([x, y]) => x < y)
}

/** Points that no other one beats in cost and wait together, cheapest first. */
function frontier(points: readonly Point[], wait: (outcome: Outcome) => number): Point[] {
  const sorted = [...points].sort(
    (a, b) => a.outcome.browserSeconds - b.outcome.browserSeconds || wait(a.outcome) - wait(b.outcome),
  )
  let least = Number.POSITIVE_INFINITY
  return sorted.filter(({ outcome }) => {
    if (wait(outcome) >= least) return false
    least = wait(outcome)
    return true
  })
}

/** The least wait that any of the points, or a mix of two, reaches at this cost; undefined where none is as cheap. */
export function rivalsAt(
  points: readonly Point[],
  cost: number,
  wait: (outcome: Outcome) => number,
): number | undefined {
  return waitAt(frontier(points, wait), cost, wait)
}

/**
 * The wait at this cost on a frontier, along a straight line between its points (as if part of the time were spent at
 * either); undefined where it costs more than that to begin with.
 */
function waitAt(
  front: readonly Point[],
  cost: number,
  wait: (outcome: Outcome) => number,
): number | undefined {
  const upper = front.findIndex(({ outcome }) => outcome.browserSeconds >= cost)
  const [low, high] = [front[upper === -1 ? front.length - 1 : upper - 1], front[upper]]
  if (!low) return high?.outcome.browserSeconds === cost ? wait(high.outcome) : undefined
  if (!high) return wait(low.outcome)
  const share =
    (cost - low.outcome.browserSeconds) / (high.outcome.browserSeconds - low.outcome.browserSeconds)
  return wait(low.outcome) + share * (wait(high.outcome) - wait(low.outcome))
}
