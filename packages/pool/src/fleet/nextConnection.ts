// Where the next connection should live: a page in a browser that runs, or a new browser, and of which kind.
// Pure. The second connection goes to a second browser, so that one crash never takes everything; from the
// third on pages come first, since a page costs a tenth of a browser.

export interface RunningBrowser {
  readonly id: string
  /** The kind, or the name of the source where there are several of a kind. */
  readonly kind: string
  readonly pages: number
}

export type NextConnection =
  | { readonly _tag: 'page'; readonly browser: string }
  | { readonly _tag: 'browser'; readonly kind: string }
  | { readonly _tag: 'none'; readonly reason: string }

/**
 * @param running browsers that run or start
 * @param kinds kinds that can be launched, those preferred by the loaded models first
 * @param pagesPerBrowser greatest number of pages in one browser
 */
export function nextConnection(
  running: readonly RunningBrowser[],
  kinds: readonly string[],
  pagesPerBrowser: number,
): NextConnection {
  const first = kinds[0]
  if (running.length < 2) {
    const unused = kinds.find(kind => running.every(browser => browser.kind !== kind)) ?? first
    if (unused) return { _tag: 'browser', kind: unused }
  }
  const roomiest = running
    .filter(browser => browser.pages < pagesPerBrowser)
    .sort((a, b) => a.pages - b.pages || rank(kinds, a.kind) - rank(kinds, b.kind))[0]
  if (roomiest) return { _tag: 'page', browser: roomiest.id }
  if (first) {
    const fewest = [...kinds].sort((a, b) => countOf(running, a) - countOf(running, b))[0] ?? first
    return { _tag: 'browser', kind: fewest }
  }
  return { _tag: 'none', reason: 'no browser can be launched on this machine' }
}

function rank(kinds: readonly string[], kind: string): number {
  const at = kinds.indexOf(kind)
  return at === -1 ? kinds.length : at
}

function countOf(running: readonly RunningBrowser[], kind: string): number {
  return running.filter(browser => browser.kind === kind).length
}
