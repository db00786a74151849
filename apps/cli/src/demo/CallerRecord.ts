// The caller's own record of a run: what it asked, and how each request ended for it. It is kept beside the
// pool and shares nothing with the pool's ledger, so that "nothing was lost" is not the pool's word for itself.

import type { RunAnswer } from '@shoal/pool'

/** How one request ended for its caller. `open` at the end of a run means lost. */
export type Outcome =
  | { readonly _tag: 'open' }
  | { readonly _tag: 'answered'; readonly answer: RunAnswer }
  | { readonly _tag: 'failed'; readonly error: unknown }

export interface CallerRequest {
  readonly model: string
  /** Which of the demo's inputs it carried. */
  readonly input: number
  outcome: Outcome
}

export class CallerRecord {
  readonly #requests: CallerRequest[] = []

  open(model: string, input: number): CallerRequest {
    const request: CallerRequest = { model, input, outcome: { _tag: 'open' } }
    this.#requests.push(request)
    return request
  }

  end(request: CallerRequest, outcome: Outcome): void {
    request.outcome = outcome
  }

  all(): readonly CallerRequest[] {
    return this.#requests
  }

  count(tag: Outcome['_tag']): number {
    let count = 0
    for (const request of this.#requests) if (request.outcome._tag === tag) count++
    return count
  }
}
