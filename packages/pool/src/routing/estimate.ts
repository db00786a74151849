// When each lane is expected to have finished a request. Pure. Measurements count where there are any; where there are
// none, the preference table does.

import type { Candidate } from './Candidate.ts'
import { believedMs } from './preferences.ts'

export interface Estimate {
  readonly candidate: Candidate
  /** Work ahead + service, in milliseconds; Infinity where nothing goes there. */
  readonly expectedMs: number
  readonly serviceMs: number
  readonly basis: 'measured' | 'first run' | 'prior'
  /** Why nothing goes there while others can; undefined where it may be chosen. */
  readonly excluded: string | undefined
}

/**
 * All of them, soonest first, those that are excluded last. A lane that was never measured is believed to be as fast as
 * the fastest measured one, times a step for each rank of preference: so every kind of lane is tried once it is free,
 * and what it then shows replaces the belief.
 */
export function estimate(candidates: readonly Candidate[]): Estimate[] {
  const eligible = eligibleOf(candidates)
  const measured = eligible.flatMap(candidate => candidate.serviceMs ?? [])
  const fastest = measured.length > 0 ? Math.min(...measured) : 1
  return candidates
    .map((candidate): Estimate => {
      const service = serviceOf(candidate, fastest)
      return {
        candidate,
        ...service,
        expectedMs: candidate.aheadMs + service.serviceMs,
        excluded: eligible.includes(candidate) ? undefined : exclusionOf(candidate),
      }
    })
    .sort(
      (a, b) =>
        Number(a.excluded !== undefined) - Number(b.excluded !== undefined) ||
        a.expectedMs - b.expectedMs ||
        b.candidate.credits - a.candidate.credits ||
        tieBreak(a) - tieBreak(b),
    )
}

/** Of what was measured, preference decides nothing, not even among equals. */
function tieBreak({ basis, candidate }: Estimate): number {
  return basis === 'prior' ? candidate.preference : 0
}

function serviceOf(
  { serviceMs, coldMs, preference }: Candidate,
  fastest: number,
): Pick<Estimate, 'serviceMs' | 'basis'> {
  if (coldMs !== undefined) {
    // A first run compiles and allocates beside doing the work: no less than the work, no less than was measured.
    return { serviceMs: Math.max(coldMs, serviceMs ?? 0), basis: 'first run' }
  }
  return serviceMs === undefined
    ? { serviceMs: believedMs(preference, fastest), basis: 'prior' }
    : { serviceMs, basis: 'measured' }
}

/**
 * Those that are well before those that are not, hardware before software, the spare once the others are full; a barred
 * lane is never one of them.
 */
function eligibleOf(candidates: readonly Candidate[]): readonly Candidate[] {
  const open = candidates.filter(({ standing }) => standing !== 'barred')
  const well = open.filter(({ standing }) => standing !== 'degraded')
  const usable = well.length > 0 ? well : open
  const hard = usable.filter(({ software }) => !software)
  const best = hard.length > 0 ? hard : usable
  const working = best.filter(({ isSpare }) => !isSpare)
  return working.some(({ credits }) => credits > 0) ? working : best
}

function exclusionOf({ standing, software, isSpare }: Candidate): string {
  if (standing === 'barred') return 'its breaker is open'
  if (standing === 'degraded') return 'it is degraded: probes only while others are well'
  if (software) return 'a software adapter, never preferred to other lanes'
  return isSpare ? 'the spare, kept for when the others are lost or full' : 'others are better'
}
