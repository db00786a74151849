// What a pool stands on: the browsers that were found, the models' files, and the bridge over which pages come. Opened
// once, as one scoped Effect. The parts of the pool know nothing of how any of it is had; a simulation gives its own.

import {
  BridgeHost,
  discover,
  type FileProvider,
  type FoundBrowser,
  reapOrphans,
} from '@shoal/browser-bridge'
import { ModelStore } from '@shoal/model-store'
import { Effect } from 'effect'
import { NoBrowser } from './errors.ts'
import { type BrowserBridge, bridgeOver } from './fleet/BrowserBridge.ts'
import type { ResolvedOptions } from './PoolOptions.ts'

export interface World {
  /** One browser of each kind that may be used. */
  readonly found: readonly FoundBrowser[]
  readonly store: ModelStore
  readonly bridge: BrowserBridge
  /** Where pages dial back, and devices may join; absent from a simulation. */
  readonly host: BridgeHost | undefined
}

export const openWorld = Effect.fnUntraced(function* (options: ResolvedOptions) {
  yield* reapOrphans()
  const found = options.maxConnections === 0 ? [] : yield* findBrowsers(options)
  const cache = options.cache === undefined ? {} : { cache: options.cache }
  const store = yield* ModelStore.make({
    folders: options.modelFolders,
    ...cache,
    ...(options.hub === undefined ? {} : { hub: options.hub }),
  })
  const files: FileProvider = { open: async (key, path, range) => store.open(key, path, range) }
  const host = yield* BridgeHost.start({ host: options.host, port: options.port, files, ...cache })
  return { found, store, host, bridge: bridgeOver(host) } satisfies World
})

/** One browser of each kind that may be used; `NoBrowser` where there is none. */
const findBrowsers = Effect.fnUntraced(function* (options: ResolvedOptions) {
  const found = yield* discover(options.browsers ? { kinds: options.browsers } : {})
  const best = [...new Map(found.toReversed().map(browser => [browser.kind, browser])).values()]
  if (best.length > 0) return best
  const wanted = options.browsers ? options.browsers.join(' or ') : 'browser'
  return yield* new NoBrowser({
    causes: [],
    message: `No ${wanted} was found: install one, or name its executable with SHOAL_CHROMIUM, SHOAL_CHROME, SHOAL_EDGE or SHOAL_FIREFOX.`,
  })
})
