// On which lanes a request failed, and which it may have for that: others, for half of the time that it then had left.
// Lanes are known by themselves, since one that is opened anew has the old one's name. It gives nothing out.

import type { Lane } from '@shoal/browser-bridge'
import type { Candidate } from './Candidate.ts'

interface Failed {
  readonly lanes: Set<Lane>
  until: number
}

interface Open {
  readonly candidates: readonly Candidate[]
  /** Some are kept from it until then; undefined where none is. */
  readonly until: number | undefined
}

export class Avoidance {
  readonly #failed = new WeakMap<object, Failed>()

  /** @param deadlineAt on the clock of `now`, in milliseconds */
  failed(request: { readonly deadlineAt: number }, lane: Lane, now: number): void {
    const until = now + (request.deadlineAt - now) / 2
    const known = this.#failed.get(request)
    this.#failed.set(request, { lanes: (known?.lanes ?? new Set()).add(lane), until })
  }

  /** A lane where it failed is none of them while there is another one that might do. */
  open(
    request: object,
    candidates: readonly Candidate[],
    laneOf: (candidate: Candidate) => Lane | undefined,
    now: number,
  ): Open {
    const failed = this.#failed.get(request)
    if (failed === undefined || now >= failed.until) return { candidates, until: undefined }
    const others = candidates.filter(candidate => {
      const lane = laneOf(candidate)
      return lane === undefined || !failed.lanes.has(lane)
    })
    const isKept = others.length < candidates.length && others.some(({ standing }) => standing !== 'barred')
    return isKept ? { candidates: others, until: failed.until } : { candidates, until: undefined }
  }
}
