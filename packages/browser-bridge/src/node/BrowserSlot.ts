// Where one browser's process and its connections meet: the process puts the running browser in, the connections take
// it out. One per browser, made by whoever composes the tree; it outlives both, and is no actor.
import { Effect } from 'effect'
import type { Browser } from './browsers/Browser.ts'

export class BrowserSlot {
  #browser: Browser | undefined
  readonly #waiting = new Set<(browser: Browser) => void>()

  /** The browser that runs now. */
  get current(): Browser | undefined {
    return this.#browser
  }

  put(browser: Browser): void {
    this.#browser = browser
    for (const resume of [...this.#waiting]) resume(browser)
    this.#waiting.clear()
  }

  /** Takes `browser` out again, unless another one is there already. */
  clear(browser: Browser): void {
    if (this.#browser === browser) this.#browser = undefined
  }

  /** Waits until there is a browser. */
  readonly ready: Effect.Effect<Browser> = Effect.callback<Browser>(resume => {
    if (this.#browser !== undefined) {
      resume(Effect.succeed(this.#browser))
      return undefined
    }
    const give = (browser: Browser): void => resume(Effect.succeed(browser))
    this.#waiting.add(give)
    return Effect.sync(() => this.#waiting.delete(give))
  })
}
