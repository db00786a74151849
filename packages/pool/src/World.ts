// What a pool stands on: the browsers that were found, the models' files, and the bridge over which pages come. Opened
// once, as one scoped Effect. The parts of the pool know nothing of how any of it is had; a simulation gives its own.

import { BridgeHost, type FileProvider, reapOrphans } from '@shoal/browser-bridge'
import { ModelStore } from '@shoal/model-store'
import { Effect } from 'effect'
import { type BrowserBridge, bridgeOver } from './fleet/BrowserBridge.ts'
import { findSources, type PoolSource } from './fleet/browserSources.ts'
import type { ResolvedOptions } from './PoolOptions.ts'
import type { decide } from './scaling/decide.ts'
import { machineResources, type ReadResources } from './scaling/machineResources.ts'

export interface World {
  /** Where browsers come from: executables, or endpoints. */
  readonly found: readonly PoolSource[]
  readonly store: ModelStore
  readonly bridge: BrowserBridge
  readonly resources: ReadResources
  /** Where pages dial back, and devices may join; absent from a simulation. */
  readonly host: BridgeHost | undefined
  /** Another scaling rule in place of the pool's own, which a bench measures itself beside. */
  readonly decide?: typeof decide
  /** For a bench: hears of each answer, before its caller does, on which lane it was and how many lanes were busy then. */
  readonly onServed?: (lane: string, busyLanes: number) => void
}

export const openWorld = Effect.fnUntraced(function* (options: ResolvedOptions) {
  yield* reapOrphans()
  const found = options.maxConnections === 0 ? [] : yield* findSources(options)
  const cache = options.cache === undefined ? {} : { cache: options.cache }
  const store = yield* ModelStore.make({
    folders: options.modelFolders,
    ...cache,
    ...(options.hub === undefined ? {} : { hub: options.hub }),
  })
  const files: FileProvider = { open: async (key, path, range) => store.open(key, path, range) }
  const host = yield* BridgeHost.start({ host: options.host, port: options.port, files, ...cache })
  return { found, store, host, bridge: bridgeOver(host), resources: machineResources() } satisfies World
})
