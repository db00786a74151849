// Where one browser's process and its connections meet: the process puts the running browser in, the connections take
// it out, and say how their pages fare. One per browser, made by whoever composes the tree; it outlives both, and is
// no actor.
import { Effect } from 'effect'
import type { Browser } from './browsers/Browser.ts'

/** So many pages in a row that did not open, or not again, are the browser's fault. */
const failuresInARow = 2

interface Occupant {
  readonly browser: Browser
  readonly hopeless: PromiseWithResolvers<string>
  failures: number
}

export class BrowserSlot {
  #occupant: Occupant | undefined
  readonly #waiting = new Set<(browser: Browser) => void>()

  /** The browser that runs now. */
  get current(): Browser | undefined {
    return this.#occupant?.browser
  }

  put(browser: Browser): void {
    this.#occupant = { browser, hopeless: Promise.withResolvers(), failures: 0 }
    for (const resume of [...this.#waiting]) resume(browser)
    this.#waiting.clear()
  }

  /** Takes `browser` out again, unless another one is there already. */
  clear(browser: Browser): void {
    if (this.#occupant?.browser === browser) this.#occupant = undefined
  }

  /** Waits until there is a browser. */
  readonly ready: Effect.Effect<Browser> = Effect.callback<Browser>(resume => {
    const there = this.current
    if (there !== undefined) {
      resume(Effect.succeed(there))
      return undefined
    }
    const give = (browser: Browser): void => resume(Effect.succeed(browser))
    this.#waiting.add(give)
    return Effect.sync(() => this.#waiting.delete(give))
  })

  /** Resolves, with why, once the present browser runs but is of no use any more. */
  get hopeless(): Promise<string> {
    return this.#occupant?.hopeless.promise ?? new Promise(() => {})
  }

  pageArrived(): void {
    if (this.#occupant !== undefined) this.#occupant.failures = 0
  }

  pageFailed(reason: string): void {
    const occupant = this.#occupant
    if (occupant === undefined) return
    occupant.failures += 1
    if (occupant.failures >= failuresInARow) {
      occupant.hopeless.resolve(`${occupant.failures} pages in a row failed, the last one: ${reason}`)
    }
  }
}
