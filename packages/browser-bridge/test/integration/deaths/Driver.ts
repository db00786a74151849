// The driver of browsers that the product launches, looked at over its shoulder: a test may then do to a page what a
// person or a page's own code would do. Not how the product drives them.
import { type BrowserContext, chromium, firefox, type Page } from 'playwright-core'

type Launch = typeof chromium.launchPersistentContext

export interface DriverOptions {
  /** Further arguments for Chromium. */
  readonly args?: readonly string[]
  /** Further preferences for Firefox. */
  readonly prefs?: Readonly<Record<string, string | number | boolean>>
}

export class Driver implements Disposable {
  readonly #contexts = new Map<string, BrowserContext>()
  readonly #undo: () => void

  /** Watches every launch of that kind in this process until it is disposed: one driver for each kind at a time. */
  constructor(kind: 'chromium' | 'firefox', { args = [], prefs = {} }: DriverOptions = {}) {
    const type = { chromium, firefox }[kind]
    const launch: Launch = type.launchPersistentContext.bind(type)
    type.launchPersistentContext = async (folder, options = {}) => {
      const context = await launch(folder, {
        ...options,
        ...(kind === 'chromium' ? { args: [...(options.args ?? []), ...args] } : {}),
        ...(kind === 'firefox' ? { firefoxUserPrefs: { ...options.firefoxUserPrefs, ...prefs } } : {}),
      })
      this.#contexts.set(folder, context)
      return context
    }
    this.#undo = () => {
      type.launchPersistentContext = launch
    }
  }

  /** The page at an address in the browser with that profile. */
  page(profile: string, url: string): Page {
    const found = this.#contexts
      .get(profile)
      ?.pages()
      .find(page => page.url() === url)
    if (found === undefined) throw new Error(`no page at ${url}`)
    return found
  }

  [Symbol.dispose](): void {
    this.#undo()
  }
}
