// How a browser and its connections come to be actors: a contract of two, which the bridge keeps. A simulation of
// browsers keeps it too, so that all above it can be driven on a virtual clock.

import {
  type BridgeHost,
  type BrowserProcessOptions,
  browserProcess,
  type ConnectionCommand,
  type ConnectionOptions,
  connection,
} from '@shoal/browser-bridge'
import type { ChildSpec } from '@shoal/core'

export interface BrowserBridge {
  /** A browser that is launched when its actor starts, closed when it stops, and a failure when it dies. */
  process(options: BrowserProcessOptions): ChildSpec<never>
  /** A page of the slot's browser, which tells its listener when it can take work. */
  connection(options: Omit<ConnectionOptions, 'host'>): ChildSpec<ConnectionCommand>
}

export function bridgeOver(host: BridgeHost): BrowserBridge {
  return {
    process: browserProcess,
    connection: options => connection({ ...options, host }),
  }
}
