// One kind of trouble that a browser can have, made on purpose, with the means of the operating system: real signals to
// real processes, real sockets destroyed. Not a mock of trouble, and no hook in the pool.

import type { BrowserInfo } from '@shoal/pool'

/** Where a fault is to strike, as it was found a moment before. */
export interface Target {
  /** The one to strike, where the fault can choose. */
  readonly victim: BrowserInfo
  readonly all: readonly BrowserInfo[]
}

/** What a fault struck, by its own word. */
export interface Struck {
  /** The browser's id, or what else it was. */
  readonly where: string
  /** Requests that were there at that moment; absent where that cannot be told. */
  readonly inFlight?: number
}

export interface Fault {
  readonly name: FaultName
  /** Makes it, and resolves when it is over (a stopped process runs again). Undefined where it could not be made. */
  strike(target: Target, signal: AbortSignal): Promise<Struck | undefined>
}

/** The browser that was chosen, as it was found. */
export function struckVictim({ victim }: Target): Struck {
  return { where: victim.id, inFlight: victim.running }
}

export const faultNames = ['kill', 'renderer', 'hang', 'stop', 'cut', 'slow'] as const
export type FaultName = (typeof faultNames)[number]
