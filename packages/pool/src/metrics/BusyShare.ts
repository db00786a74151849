// The share of late that something was busy: an average over time that forgets, with a time constant. Told of each
// change; right at any moment between two.

/** After so long a change counts for 63 percent. */
const timeConstantMs = 30_000

export class BusyShare {
  #share = 0
  #isBusy = false
  #at: number

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: number) {
    this.#at = now
  }

  set(isBusy: boolean, now: number): void {
    this.#share = this.at(now)
    this.#at = now
    this.#isBusy = isBusy
  }

  /** From 0 to 1. */
  at(now: number): number {
    const target = this.#isBusy ? 1 : 0
    return target + (this.#share - target) * Math.exp((this.#at - now) / timeConstantMs)
  }
}
