// Where a request for a model would go now and why not elsewhere, for people: all lanes that hold it, and the connections
// that do not. Pure; it chooses nothing, and says what `route` would.

import type { ReplicaState } from '../model/model.machine.ts'
import type { Candidate } from './Candidate.ts'
import { estimate } from './estimate.ts'
import { route } from './route.ts'

/** One lane or connection that a request might go to. */
export interface ExplainedPlace {
  readonly connection: string
  /** Absent where the model is not on the connection. */
  readonly lane?: string
  readonly browser?: string
  readonly backend?: string
  readonly trust?: Candidate['trust']
  /** Milliseconds until it would have answered, work ahead included; undefined where it cannot. */
  readonly expectedMs: number | undefined
  readonly aheadMs?: number
  readonly serviceMs?: number
  /** What `serviceMs` rests on. */
  readonly basis?: 'measured' | 'first run' | 'prior'
  readonly samples?: number
  /** What the preference table says of it, while that is what `serviceMs` rests on. */
  readonly preferred?: string
  /** Why nothing would go there, or why others come first; undefined for the one that is chosen. */
  readonly whyNot: string | undefined
}

export interface Explanation {
  /** In words, as in a result's `placement.reason`. */
  readonly choice: string
  /** Soonest first; those that cannot answer last. */
  readonly places: readonly ExplainedPlace[]
}

/** @param replicas how the model stands on each connection */
export function explain(
  candidates: readonly Candidate[],
  replicas: Readonly<Record<string, ReplicaState>>,
): Explanation {
  const choice = route(candidates)
  const chosen = choice._tag === 'run' ? choice.lane : undefined
  const soonest = estimate(candidates)[0]
  const lanes = estimate(candidates).map(
    ({ candidate, expectedMs, serviceMs, basis, excluded }): ExplainedPlace => ({
      connection: candidate.connection,
      lane: candidate.lane,
      browser: candidate.browser,
      backend: candidate.backend,
      trust: candidate.trust,
      expectedMs,
      aheadMs: candidate.aheadMs,
      serviceMs,
      basis,
      samples: candidate.samples,
      ...(basis === 'prior' && candidate.preferred !== undefined ? { preferred: candidate.preferred } : {}),
      whyNot:
        candidate.lane === chosen
          ? undefined
          : (excluded ?? whyNot(candidate, expectedMs, soonest?.candidate.lane, soonest?.expectedMs)),
    }),
  )
  const held = new Set(candidates.map(({ connection }) => connection))
  const others = Object.entries(replicas)
    .filter(([connection]) => !held.has(connection))
    .map(
      ([connection, state]): ExplainedPlace => ({
        connection,
        expectedMs: undefined,
        whyNot: state._tag === 'refused' ? state.reason : `the model is ${state._tag} there`,
      }),
    )
  const text = choice._tag === 'run' ? `${choice.lane}: ${choice.reason}` : `waits: ${choice.reason}`
  return { choice: text, places: [...lanes, ...others] }
}

function whyNot(
  { lane, credits }: Candidate,
  expectedMs: number,
  soonest: string | undefined,
  soonestMs = 0,
): string {
  if (lane === soonest) return credits <= 0 ? 'full: the request waits for it' : 'others are tried first'
  return `${(expectedMs - soonestMs).toFixed(1)} ms later than ${soonest}`
}
