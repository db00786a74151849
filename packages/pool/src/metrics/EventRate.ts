// How often something happens of late, each second: every event counts for less as it ages. No window, no timer.

/** After so long an event counts for 37 percent. */
const timeConstantMs = 30_000

export class EventRate {
  #perSecond = 0
  #at: number

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: number) {
    this.#at = now
  }

  add(now: number): void {
    this.#perSecond = this.at(now) + 1000 / timeConstantMs
    this.#at = now
  }

  at(now: number): number {
    return this.#perSecond * Math.exp((this.#at - now) / timeConstantMs)
  }
}
