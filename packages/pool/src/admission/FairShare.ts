// How lanes are shared among models: start-time fair queueing (Goyal, Vin and Cheng, 1996). A model's head carries
// the virtual time at which its share comes up; the smallest goes first. It knows costs and weights, no requests.

/** How far behind a model may fall while no lane could take it, in ms of service: more would lock the others out. */
const greatestLag = 1000

export class FairShare {
  /** Of the head that was last taken. */
  #virtualTime = 0
  /** Where a model's head stands, for each model that waits. */
  readonly #starts = new Map<string, number>()
  /** Where the last one that was taken ends, for models that may come back. */
  readonly #ends = new Map<string, number>()

  /** The model has begun to wait: it brings no credit from the time when it wanted nothing. */
  join(model: string): void {
    this.#starts.set(model, Math.max(this.#virtualTime, this.#ends.get(model) ?? 0))
  }

  /** Nothing of the model waits any more. */
  leave(model: string): void {
    this.#starts.delete(model)
  }

  /** Where its head stands: smaller goes first. */
  startOf(model: string): number {
    return Math.max(this.#starts.get(model) ?? this.#virtualTime, this.#virtualTime - greatestLag)
  }

  /**
   * A request of the model was taken.
   * @param serviceMs what it is expected to cost a lane
   * @param weight a model whose requests weigh twice as much gets twice the share
   */
  take(model: string, serviceMs: number, weight: number): void {
    const start = this.startOf(model)
    const end = start + serviceMs / weight
    this.#virtualTime = Math.max(this.#virtualTime, start)
    this.#ends.set(model, end)
    if (this.#starts.has(model)) this.#starts.set(model, end)
  }

  /** The model is gone for good. */
  forget(model: string): void {
    this.#starts.delete(model)
    this.#ends.delete(model)
  }
}
