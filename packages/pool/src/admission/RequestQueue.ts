// The requests that wait, by model: higher priority first, then the older. It holds order and nothing else; who
// may wait, and for how long, is the ledger's.

/** What the order needs to know of a request. */
export interface Queued {
  readonly id: number
  readonly model: string
  readonly priority: number
  /** Milliseconds of the ledger's clock. */
  readonly acceptedAt: number
}

export class RequestQueue<R extends Queued> {
  readonly #byModel = new Map<string, R[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** At the end of its priority: it has just come. */
  append(request: R): void {
    const queue = this.#queueOf(request.model)
    const last = queue.at(-1)
    // Nearly always everything waits with one priority, and the place is the end.
    const at =
      !last || last.priority >= request.priority
        ? queue.length
        : queue.findIndex(other => other.priority < request.priority)
    this.#insert(queue, at, request)
  }

  /** Where it would stand had it never left: by priority, then age. */
  putBack(request: R): void {
    const queue = this.#queueOf(request.model)
    const at = queue.findIndex(other => comesBefore(request, other))
    this.#insert(queue, at === -1 ? queue.length : at, request)
  }

  /** Takes it out, if it is there. */
  remove(request: R): void {
    const queue = this.#byModel.get(request.model)
    const at = queue?.indexOf(request) ?? -1
    if (!queue || at === -1) return
    queue.splice(at, 1)
    this.#size--
    if (queue.length === 0) this.#byModel.delete(request.model)
  }

  /** The request to look at first, of each model: highest priority, then oldest. */
  heads(): R[] {
    const heads: R[] = []
    for (const queue of this.#byModel.values()) {
      const head = queue[0]
      if (head) heads.push(head)
    }
    return heads.sort((a, b) => (comesBefore(a, b) ? -1 : 1))
  }

  #queueOf(model: string): R[] {
    const known = this.#byModel.get(model)
    if (known) return known
    const queue: R[] = []
    this.#byModel.set(model, queue)
    return queue
  }

  #insert(queue: R[], at: number, request: R): void {
    queue.splice(at, 0, request)
    this.#size++
  }
}

function comesBefore(a: Queued, b: Queued): boolean {
  return (b.priority - a.priority || a.acceptedAt - b.acceptedAt || a.id - b.id) < 0
}
