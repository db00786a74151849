// How long connections take from being started until they serve, seen from counts alone. It starts nothing.

import { RunningMean } from '../RunningMean.ts'

export class StartUps {
  readonly #meanMs = new RunningMean()
  /** When those that are on their way were started, oldest first. */
  #pending: number[] = []

  /** undefined before one was seen to serve. */
  get meanMs(): number | undefined {
    return this.#meanMs.value
  }

  /**
   * @param at milliseconds
   * @param started connections that are up or on their way
   * @param serving those of them that serve
   */
  observe(at: number, started: number, serving: number): void {
    const onTheirWay = Math.max(0, started - serving)
    const came = this.#pending.length - onTheirWay
    for (const since of came > 0 ? this.#pending.splice(0, came) : []) this.#meanMs.add(at - since)
    while (this.#pending.length < onTheirWay) this.#pending.push(at)
  }
}
