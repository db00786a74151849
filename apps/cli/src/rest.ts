// A pause that ends early with a signal, and without an error then.

import { setTimeout as delay } from 'node:timers/promises'

export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch(() => {})
}
