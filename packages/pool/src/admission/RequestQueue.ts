// The requests that wait, by model: within a model by rank, between models by fair share. It holds order and nothing
// else; who may wait, and for how long, is the ledger's.

import { FairShare } from './FairShare.ts'

/** What the order needs to know of a request. */
export interface Queued {
  readonly id: number
  readonly model: string
  readonly priority: number
  /** Milliseconds of the ledger's clock. */
  readonly acceptedAt: number
}

/**
 * What one step of priority is worth, as time of waiting in milliseconds: so a priority ages. The order between two
 * requests never changes, and none is passed over for ever.
 */
const stepMs = 10_000

/** Each step doubles a request's share against other models, within these steps. */
const greatestStep = 10

export class RequestQueue<R extends Queued> {
  readonly #byModel = new Map<string, R[]>()
  readonly #shares = new FairShare()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** At its place by rank; one that comes back has the place that it would have had, had it never left. */
  add(request: R): void {
    const known = this.#byModel.get(request.model)
    const queue: R[] = known ?? []
    if (known === undefined) {
      this.#byModel.set(request.model, queue)
      this.#shares.join(request.model)
    }
    queue.splice(placeOf(queue, request), 0, request)
    this.#size++
  }

  /** Takes it out, if it is there: it does not want a lane any more. */
  remove(request: R): void {
    const queue = this.#byModel.get(request.model)
    if (!queue) return
    const at = placeOf(queue, request)
    if (queue[at] !== request) return
    queue.splice(at, 1)
    this.#size--
    if (queue.length > 0) return
    this.#byModel.delete(request.model)
    this.#shares.leave(request.model)
  }

  /** Takes it out for a lane; `serviceMs` is what it is expected to cost there, and counts against its model's share. */
  take(request: R, serviceMs: number): void {
    const step = Math.min(greatestStep, Math.max(-greatestStep, request.priority))
    // Before it is taken out: a model of which nothing waits any more is charged from where its head stood all the same.
    this.#shares.take(request.model, serviceMs, 2 ** step)
    this.remove(request)
  }

  /** The request to look at first, of each model; the model whose share comes up first before the others. */
  heads(): R[] {
    const heads: R[] = []
    for (const queue of this.#byModel.values()) {
      const head = queue[0]
      if (head) heads.push(head)
    }
    if (heads.length < 2) return heads
    return heads.sort((a, b) => this.#shares.startOf(a.model) - this.#shares.startOf(b.model) || byRank(a, b))
  }

  /** All that waits of a model, in order. */
  of(model: string): readonly R[] {
    return this.#byModel.get(model) ?? []
  }

  /** The model is gone for good. */
  forget(model: string): void {
    this.#shares.forget(model)
  }
}

/** Where the request stands in the queue, or would stand. */
function placeOf<R extends Queued>(queue: readonly R[], request: R): number {
  const last = queue.at(-1)
  if (last === undefined || byRank(last, request) < 0) return queue.length
  let [low, high] = [0, queue.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = queue[middle]
    if (other !== undefined && byRank(other, request) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function rank({ acceptedAt, priority }: Queued): number {
  return acceptedAt - priority * stepMs
}

function byRank(a: Queued, b: Queued): number {
  return rank(a) - rank(b) || a.id - b.id
}
