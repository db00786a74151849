// Which lane gets a request, as a pure function of what is known: the work ahead on each lane, what was
// measured, and a preference where nothing was. It picks the lane expected to finish first, busy ones
// included, so a request may wait for a fast lane rather than start on a slow one. It moves nothing.

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
}

export type Choice =
  | { readonly _tag: 'run'; readonly lane: string; readonly reason: string }
  | { readonly _tag: 'wait'; readonly reason: string }

/** How much slower a lane is believed to be for each step down the preference table, until it was measured. */
const priorStep = 1.25

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
  const hasOther = candidates.some(candidate => !candidate.software)
  const eligible = hasOther ? candidates.filter(candidate => !candidate.software) : candidates
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
  const scored = score(candidates)
  const best = scored[0]
  if (!best) return { _tag: 'wait', reason: 'no lane holds the model' }
  const { candidate } = best
  if (candidate.credits <= 0) {
    return { _tag: 'wait', reason: `${candidate.lane} is expected to finish it first and is full` }
  }
  const next = scored.find(other => other.candidate.lane !== candidate.lane)
  const figure = `${best.expectedMs.toFixed(1)} ms expected (${
    best.basis === 'measured'
      ? `measured over ${candidate.samples}`
      : `preference ${candidate.preference}, not measured yet`
  })`
  const against = next
    ? `, next ${next.candidate.lane} with ${next.expectedMs.toFixed(1)} ms`
    : ', the only lane that holds it'
  return { _tag: 'run', lane: candidate.lane, reason: figure + against }
}
