// The browsers of this machine, for tests: each is run with those that are there, and says which are not.
import { Effect } from 'effect'
import { discover, type FoundBrowser } from '../../src/index.ts'

export const installed: readonly FoundBrowser[] = await Effect.runPromise(discover())

/** A test's name for a browser that may be missing. */
export const titleOf = (name: string, browser: FoundBrowser | undefined): string =>
  browser === undefined ? `${name} (skipped: it is not installed here)` : name
