// Where the next connection should live: a page in a browser that runs, or a new browser, and of which kind.
// Pure. The second connection goes to a second browser, so that one crash never takes everything; from the
// third on pages come first, since a page costs a tenth of a browser. A spare has a browser to itself, and the others are
// placed as if it were not there.

export interface RunningBrowser {
  readonly id: string
  /** The kind, or the name of the source where there are several of a kind. */
  readonly kind: string
  readonly pages: number
  /** Its page is the spare. */
  readonly isSpare: boolean
}

export type NextConnection =
  | { readonly _tag: 'page'; readonly browser: string }
  | { readonly _tag: 'browser'; readonly kind: string; readonly isSpare: boolean }
  | { readonly _tag: 'none'; readonly reason: string }

/**
 * @param running browsers that run or start
 * @param kinds kinds that can be launched, those preferred by the loaded models first
 * @param pagesPerBrowser greatest number of pages in one browser
 * @param warmSpare whether one connection is to be a spare
 */
export function nextConnection(
  running: readonly RunningBrowser[],
  kinds: readonly string[],
  pagesPerBrowser: number,
  warmSpare = false,
): NextConnection {
  const first = kinds[0]
  const working = running.filter(({ isSpare }) => !isSpare)
  const [busy] = working
  if (warmSpare && busy && first && working.length === running.length) {
    // Of the kind that works: what could be loaded there can be loaded here, and takes as long.
    return { _tag: 'browser', kind: kinds.includes(busy.kind) ? busy.kind : first, isSpare: true }
  }
  if (working.length < 2) {
    const unused = kinds.find(kind => working.every(browser => browser.kind !== kind)) ?? first
    if (unused) return { _tag: 'browser', kind: unused, isSpare: false }
  }
  const roomiest = working
    .filter(browser => browser.pages < pagesPerBrowser)
    .sort((a, b) => a.pages - b.pages || rank(kinds, a.kind) - rank(kinds, b.kind))[0]
  if (roomiest) return { _tag: 'page', browser: roomiest.id }
  if (first) {
    const fewest = [...kinds].sort((a, b) => countOf(working, a) - countOf(working, b))[0] ?? first
    return { _tag: 'browser', kind: fewest, isSpare: false }
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
