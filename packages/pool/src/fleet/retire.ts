// Which connection should go when there are too many. Pure. Pages go before browsers' last pages, so that what
// is left still stands on as many browsers as it can. The spare stays as long as two others do.

export interface RetirableConnection {
  readonly id: string
  readonly browser: string
  /** Requests on its lanes now. */
  readonly running: number
  /** When it was started, in milliseconds; the youngest goes first among equals, its caches hold least. */
  readonly startedAt: number
  readonly isSpare: boolean
}

/**
 * The connection to drain and stop, or undefined where there is none.
 * @param connections those that are up
 * @param working connections that are up or on their way, the spare left out
 */
export function retire(
  connections: readonly RetirableConnection[],
  working: number,
): RetirableConnection | undefined {
  const hasSpare = connections.some(({ isSpare }) => isSpare)
  const eligible = connections.filter(({ isSpare }) => isSpare === (hasSpare && working <= 1))
  const pages = new Map<string, number>()
  for (const { browser } of eligible) pages.set(browser, (pages.get(browser) ?? 0) + 1)
  return eligible.toSorted(
    (a, b) =>
      (pages.get(b.browser) ?? 0) - (pages.get(a.browser) ?? 0) ||
      a.running - b.running ||
      b.startedAt - a.startedAt,
  )[0]
}
