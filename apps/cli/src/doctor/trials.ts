// Which browsers are tried, and in which ways. Pure.

import {
  type BrowserKind,
  type BrowserSource,
  browserKinds,
  type Endpoint,
  type FoundBrowser,
  type LaunchOptions,
} from '@shoal/browser-bridge'

export interface Trial {
  readonly source: BrowserSource
  readonly launch: LaunchOptions
  readonly optional: boolean
}

/**
 * Each browser as it is held by default; Firefox also without a driver, the way out where the driver fails. Of several
 * names for one version only the first: they are mostly scripts that start the same program.
 */
export function trialsOf(found: readonly FoundBrowser[], endpoints: readonly Endpoint[]): Trial[] {
  const launched = found.filter(isFirst).flatMap((source): Trial[] => {
    const usual: Trial = { source, launch: {}, optional: source.kind === 'webkit' }
    const isStock = source.kind === 'firefox' && source.source !== 'playwright'
    return isStock ? [usual, { source, launch: { driver: 'plain' }, optional: true }] : [usual]
  })
  return [...launched, ...endpoints.map(source => ({ source, launch: {}, optional: false }))]
}

function isFirst(browser: FoundBrowser, at: number, all: readonly FoundBrowser[]): boolean {
  const same = (other: FoundBrowser) =>
    other.kind === browser.kind &&
    other.version === browser.version &&
    other.headlessShell === browser.headlessShell
  return browser.version === '' || all.findIndex(same) === at
}

/** Kinds that were asked for and are not there. WebKit is an extra, and only said where somebody asked for it. */
export function missingKinds(
  asked: readonly BrowserKind[] | undefined,
  found: readonly FoundBrowser[],
): BrowserKind[] {
  return (asked ?? browserKinds).filter(kind => found.every(browser => browser.kind !== kind))
}
