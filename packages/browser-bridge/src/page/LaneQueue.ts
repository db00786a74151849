// What the link worker knows of a lane's order from the frames that it passed and the answers that came back: which
// run is at work. So a lane need not say so for each run. Pure: the lane's own queue is LaneHost's.

export interface Passed {
  readonly id: number
  readonly kind: 'run' | 'load'
  readonly model: string
}

export class LaneQueue {
  /** What was passed and is not answered, in order. */
  readonly #passed = new Map<number, Passed>()
  #begun: number | undefined

  pass(passed: Passed): void {
    this.#passed.set(passed.id, passed)
  }

  /** The lane has answered it, begun or not; gives back what it was. */
  end(id: number): Passed | undefined {
    const passed = this.#passed.get(id)
    this.#passed.delete(id)
    return passed
  }

  /** The lane said that it has begun this run: it does so while a load is not done. */
  begin(id: number): void {
    this.#begun = id
  }

  /** The longest unanswered: what keeps the lane, where nothing else is known to be at work. */
  get first(): Passed | undefined {
    const [first] = this.#passed.values()
    return first
  }

  /**
   * A lane runs in order of arrival, so the first run is at work. Not where a load or an unload came before it: that
   * may block the lane, or let the run pass by; then only the lane can say.
   */
  get atWork(): Passed | undefined {
    const begun = this.#begun === undefined ? undefined : this.#passed.get(this.#begun)
    if (begun !== undefined) return begun
    return this.first?.kind === 'run' ? this.first : undefined
  }
}
