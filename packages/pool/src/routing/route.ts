// Which lane gets a request, as a pure function of what is known: the work ahead on each lane, what was
// measured, and a preference where nothing was. It picks the lane expected to finish first, busy ones
// included, so a request may wait for a fast lane rather than start on a slow one. It moves nothing.

import type { Standing } from '../health/Standing.ts'

/** A lane that holds the model, as routing sees it. */
export interface Candidate {
  readonly lane: string
  /** Places free before its depth is used up. */
  readonly credits: number
  /** Expected milliseconds of the work already on it. */
  readonly aheadMs: number
  /** Measured mean service time of this model on this kind of lane, if any. */
  readonly serviceMs: number | undefined
  /** Answers that `serviceMs` rests on. */
  readonly samples: number
  /** 0 is tried first; from the preference table. */
  readonly preference: number
  /** Runs on a software WebGPU adapter: right, but never fast. */
  readonly software: boolean
  /** What health says of it. */
  readonly standing: Standing
  /** Since it was last given anything, in milliseconds. */
  readonly idleMs: number
}

export type Choice =
  | { readonly _tag: 'run'; readonly lane: string; readonly reason: string }
  | { readonly _tag: 'wait'; readonly reason: string }

/** How much slower a lane is believed to be for each step down the preference table, until it was measured. */
const priorStep = 1.25

/** A degraded lane that had nothing for so long is given one request, to see whether it has recovered. */
const probeAfterMs = 10_000

export interface Scored {
  readonly candidate: Candidate
  readonly expectedMs: number
  readonly basis: 'measured' | 'prior'
}

/**
 * Expected finish of each candidate, soonest first. A lane that was never measured is believed to be as fast
 * as the fastest measured one, times a step for each rank of preference: so every kind of lane is tried once
 * it is free, and what it then shows replaces the belief.
 */
export function score(candidates: readonly Candidate[]): Scored[] {
  const eligible = best(candidates)
  const measured = eligible.flatMap(candidate => candidate.serviceMs ?? [])
  const fastest = measured.length > 0 ? Math.min(...measured) : 1
  return eligible
    .map((candidate): Scored => {
      const basis = candidate.serviceMs === undefined ? 'prior' : 'measured'
      const service = candidate.serviceMs ?? fastest * priorStep ** candidate.preference
      return { candidate, expectedMs: candidate.aheadMs + service, basis }
    })
    .sort(
      (a, b) =>
        a.expectedMs - b.expectedMs ||
        b.candidate.credits - a.candidate.credits ||
        a.candidate.preference - b.candidate.preference,
    )
}

/** The lane for one request now, or to wait for a better one, with the reason in words. */
export function route(candidates: readonly Candidate[]): Choice {
  const trial = candidates.find(isOnTrial)
  if (trial) return { _tag: 'run', lane: trial.lane, reason: `a ${trialOf(trial)}: it is ${trial.standing}` }
  const scored = score(candidates)
  const [soonest] = scored
  if (!soonest) {
    const barred =
      candidates.length > 0 ? 'the breaker of every lane that holds the model is open' : undefined
    return { _tag: 'wait', reason: barred ?? 'no lane holds the model' }
  }
  const { candidate } = soonest
  if (candidate.credits <= 0) {
    return { _tag: 'wait', reason: `${candidate.lane} is expected to finish it first and is full` }
  }
  const next = scored.find(other => other.candidate.lane !== candidate.lane)
  const figure = `${soonest.expectedMs.toFixed(1)} ms expected (${
    soonest.basis === 'measured'
      ? `measured over ${candidate.samples}`
      : `preference ${candidate.preference}, not measured yet`
  })`
  const against = next
    ? `, next ${next.candidate.lane} with ${next.expectedMs.toFixed(1)} ms`
    : ', the only lane that holds it'
  return { _tag: 'run', lane: candidate.lane, reason: figure + against }
}

/** Those that are well before those that are not, hardware before software; a barred lane is never one of them. */
function best(candidates: readonly Candidate[]): readonly Candidate[] {
  const open = candidates.filter(({ standing }) => standing !== 'barred')
  const well = open.filter(({ standing }) => standing !== 'degraded')
  const usable = well.length > 0 ? well : open
  const hard = usable.filter(({ software }) => !software)
  return hard.length > 0 ? hard : usable
}

function isOnTrial({ standing, credits, idleMs }: Candidate): boolean {
  return credits > 0 && (standing === 'trial' || (standing === 'degraded' && idleMs >= probeAfterMs))
}

function trialOf({ standing }: Candidate): string {
  return standing === 'trial' ? 'trial' : 'probe'
}
