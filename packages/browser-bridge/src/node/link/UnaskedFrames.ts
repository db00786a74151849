// How many frames a page may send that answer nothing: beats, notes, progress. A bucket that fills with time, so that
// a burst is taken and a flood is not. Which frames are asked for is what Requests.ts knows: of those there are as many
// as requests, and of parts as many as there is room for.

/** A page with sixteen models on their way reports about 160 times a second. */
export const unaskedPerSecond = 500
/** After a pause of the host's own, what a page said meanwhile comes at once. */
const burst = 20 * unaskedPerSecond

export class UnaskedFrames {
  #left = burst
  #at: number

  constructor(now: number) {
    this.#at = now
  }

  /** Whether one more frame is within reason. */
  allows(now: number): boolean {
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * unaskedPerSecond)
    this.#at = now
    this.#left -= 1
    return this.#left >= 0
  }
}
