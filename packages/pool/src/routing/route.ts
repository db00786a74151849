// Which lane gets a request, as a pure function of what is known: the work ahead on each lane, what was measured, and a
// preference where nothing was. It picks the lane expected to finish first, busy ones included, so a request may wait
// for a fast lane rather than start on a slow one. It moves nothing.

import type { Candidate } from './Candidate.ts'
import { type Estimate, estimate } from './estimate.ts'

export type Choice =
  | {
      readonly _tag: 'run'
      readonly lane: string
      readonly basis: Estimate['basis'] | 'probe' | 'exploration'
      readonly reason: string
    }
  | { readonly _tag: 'wait'; readonly reason: string }

/** How much of a model's traffic has gone where it is not expected to finish first, to learn: expected lane time. */
export interface Explored {
  readonly routedMs: number
  readonly exploredMs: number
}

/** Share of the lane time of a model's traffic that may go to lanes to learn of them. */
export const explorationShare = 0.02

/** A degraded lane that had nothing for so long is given one request, to see whether it has recovered. */
const probeAfterMs = 10_000

/** Answers from which a mean is trusted, and the time after which it is looked at again. */
const [enough, staleMs] = [5, 60_000]

/** A lane that is expected to take more than this many times as long is not looked at again. */
const farSlower = 10

const nothingExplored: Explored = { routedMs: 0, exploredMs: 0 }

/** The lane for one request now, or to wait for a better one, with the reason in words. */
export function route(candidates: readonly Candidate[], explored: Explored = nothingExplored): Choice {
  const trial = candidates.find(isOnTrial)
  if (trial) return run(trial, 'probe', `a ${trialOf(trial)}: it is ${trial.standing}`)
  const estimates = estimate(candidates).filter(({ excluded }) => excluded === undefined)
  const [soonest] = estimates
  if (!soonest) {
    const barred =
      candidates.length > 0 ? 'the breaker of every lane that holds the model is open' : undefined
    return { _tag: 'wait', reason: barred ?? 'no lane holds the model' }
  }
  const untried = firstOfItsKind(estimates)
  if (untried) return run(untried.candidate, 'prior', inWords(untried, estimates))
  const unknown = exploration(estimates, explored)
  if (unknown) {
    const { candidate, serviceMs } = unknown
    const why = `${candidate.samples} answers measured, ${serviceMs.toFixed(1)} ms expected`
    return run(candidate, 'exploration', `to learn how fast it is (${why})`)
  }
  // Before it has shown how fast it is beside others, a lane gets one at a time: a second would rest on the same guess.
  const known = estimates.some(other => kindOf(other.candidate) !== kindOf(soonest.candidate))
    ? estimates.filter(({ basis, candidate }) => basis === 'measured' || candidate.pending === 0)
    : estimates
  const [best] = known
  if (!best)
    return { _tag: 'wait', reason: 'each lane has its first request, and none of them is measured yet' }
  if (best.candidate.credits <= 0)
    return { _tag: 'wait', reason: `${best.candidate.lane} is expected to finish it first and is full` }
  return run(best.candidate, best.basis, inWords(best, estimates))
}

function run({ lane }: Candidate, basis: Extract<Choice, { _tag: 'run' }>['basis'], reason: string): Choice {
  return { _tag: 'run', lane, basis, reason }
}

/**
 * A lane of a kind that has never had the model, as soon as it has a place: under load it is busy with other models, and
 * would seem to be the slower one for ever. One request for each kind, so no share bounds it.
 */
function firstOfItsKind(estimates: readonly Estimate[]): Estimate | undefined {
  const kinds = new Set(estimates.map(({ candidate }) => kindOf(candidate)))
  if (kinds.size < 2) return undefined
  const tried = new Set(
    estimates
      .filter(({ candidate }) => candidate.pending > 0 || candidate.serviceMs !== undefined)
      .map(({ candidate }) => kindOf(candidate)),
  )
  return estimates.find(({ candidate }) => candidate.credits > 0 && !tried.has(kindOf(candidate)))
}

/** A lane that others are expected to beat and that little or nothing of late is known of, where there is budget. */
function exploration(
  estimates: readonly Estimate[],
  { routedMs, exploredMs }: Explored,
): Estimate | undefined {
  const budget = explorationShare * routedMs - exploredMs
  const limit = farSlower * (estimates[0]?.serviceMs ?? 0)
  return estimates
    .slice(1)
    .filter(({ candidate, serviceMs }) => {
      const idle = candidate.credits > 0 && candidate.aheadMs === 0
      return (
        idle &&
        serviceMs <= Math.min(limit, budget) &&
        (candidate.samples < enough || candidate.idleMs >= staleMs)
      )
    })
    .sort((a, b) => a.candidate.samples - b.candidate.samples || b.candidate.idleMs - a.candidate.idleMs)[0]
}

function kindOf({ browser, backend }: Candidate): string {
  return `${browser} ${backend}`
}

function inWords({ candidate, expectedMs, basis }: Estimate, all: readonly Estimate[]): string {
  const on = {
    measured: `measured over ${candidate.samples}`,
    'first run': 'its first run of the model',
    prior: `not measured yet; ${candidate.preferred ?? `preference ${candidate.preference}`}`,
  }[basis]
  const next = all.find(other => other.candidate.lane !== candidate.lane)
  const against = next
    ? `, next ${next.candidate.lane} with ${next.expectedMs.toFixed(1)} ms`
    : ', the only lane that holds it'
  return `${expectedMs.toFixed(1)} ms expected (${on})${against}`
}

function isOnTrial({ standing, credits, idleMs }: Candidate): boolean {
  return credits > 0 && (standing === 'trial' || (standing === 'degraded' && idleMs >= probeAfterMs))
}

function trialOf({ standing }: Candidate): string {
  return standing === 'trial' ? 'trial' : 'probe'
}
