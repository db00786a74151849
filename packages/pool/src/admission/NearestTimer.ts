// One timer for the nearest of many moments, instead of a timer each. It forgets what it was armed for when it
// fires: who uses it looks at what is due and arms it again for the rest. It may fire early for a far moment.

/** The longest that a timer of JavaScript can wait; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1

export class NearestTimer {
  readonly #now: () => number
  readonly #fire: () => void
  #armed: { readonly at: number; readonly handle: ReturnType<typeof setTimeout> } | undefined

  /** @param now the clock on which moments are given, in milliseconds */
  constructor(now: () => number, fire: () => void) {
    this.#now = now
    this.#fire = fire
  }

  /** The moment it will fire at, if it is armed. */
  get at(): number | undefined {
    return this.#armed?.at
  }

  /** Fires at this moment too; a moment after the one it is armed for changes nothing. */
  arm(at: number): void {
    if (this.#armed && this.#armed.at <= at) return
    this.disarm()
    const handle = setTimeout(
      () => {
        this.#armed = undefined
        this.#fire()
      },
      Math.min(longestMs, Math.max(0, at - this.#now())),
    )
    this.#armed = { at, handle }
  }

  disarm(): void {
    if (this.#armed) clearTimeout(this.#armed.handle)
    this.#armed = undefined
  }
}
