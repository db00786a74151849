// One kind of trouble that a browser can have, made on purpose, with the means of the operating system: real signals to
// real processes, real sockets destroyed. Not a mock of trouble, and no hook in the pool.

import type { BrowserInfo, BrowserKind } from '@shoal/pool'

export interface Fault {
  readonly name: FaultName
  /** In which browsers it can be made. */
  readonly kinds: readonly BrowserKind[] | 'all'
  /** Makes it, and resolves when it is over (a stopped process runs again). False where it could not be made. */
  strike(victim: BrowserInfo, signal: AbortSignal): Promise<boolean>
}

export const faultNames = ['kill', 'renderer', 'hang', 'stop', 'cut', 'slow'] as const
export type FaultName = (typeof faultNames)[number]
