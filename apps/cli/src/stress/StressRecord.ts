// The caller's own record of a load: each request, when it should have been asked, and how it ended. It shares nothing
// with the pool's ledger; what it proves is not the pool's word for itself. Answers are judged as they come and let go.

import type { Placement } from '@shoal/pool'

export type StressOutcome =
  /** At the end of a run: lost. */
  | { readonly _tag: 'open' }
  | {
      readonly _tag: 'answered'
      /** From the moment it should have been asked. */
      readonly latencyMs: number
      readonly placement: Placement
      /** Why the answer is wrong; undefined where it is right. */
      readonly wrong: string | undefined
    }
  /** The pool refused it at once; it was never accepted. */
  | { readonly _tag: 'refused'; readonly error: string }
  | {
      readonly _tag: 'failed'
      readonly error: string
      readonly latencyMs: number
      readonly deadlineMs: number
    }

export interface StressRequest {
  readonly model: string
  /** Milliseconds from the start of the load. */
  readonly at: number
  outcome: StressOutcome
}

export class StressRecord {
  readonly #requests: StressRequest[] = []

  open(model: string, at: number): StressRequest {
    const request: StressRequest = { model, at, outcome: { _tag: 'open' } }
    this.#requests.push(request)
    return request
  }

  all(): readonly StressRequest[] {
    return this.#requests
  }

  count(tag: StressOutcome['_tag']): number {
    let count = 0
    for (const { outcome } of this.#requests) if (outcome._tag === tag) count++
    return count
  }
}
