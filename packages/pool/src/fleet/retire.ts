// Which connection should go when there are too many. Pure. Pages go before browsers' last pages, so that what
// is left still stands on as many browsers as it can.

export interface RetirableConnection {
  readonly id: string
  readonly browser: string
  /** Requests on its lanes now. */
  readonly running: number
  /** When it was started, in milliseconds; the youngest goes first among equals, its caches hold least. */
  readonly startedAt: number
}

/** The connection to drain and stop, or undefined where there is none. */
export function retire(connections: readonly RetirableConnection[]): RetirableConnection | undefined {
  const pages = new Map<string, number>()
  for (const { browser } of connections) pages.set(browser, (pages.get(browser) ?? 0) + 1)
  return [...connections].sort(
    (a, b) =>
      (pages.get(b.browser) ?? 0) - (pages.get(a.browser) ?? 0) ||
      a.running - b.running ||
      b.startedAt - a.startedAt,
  )[0]
}
