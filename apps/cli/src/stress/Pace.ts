// Waits for the moments of an open load. A request that is late is asked at once, but answers are seen to between: a load
// that leaves its own process no time measures nothing but that.

import { setImmediate as immediate } from 'node:timers/promises'
import { rest } from '../rest.ts'

/** So long late requests are asked one after the other, in milliseconds, before others have their turn. */
const turnMs = 5

export class Pace {
  #since = performance.now()

  /** @param ms until the moment; where it is past, what the latest request was told at once is heard, at least */
  async until(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 && performance.now() - this.#since < turnMs) return
    if (ms > 0) await rest(ms, signal)
    else await immediate()
    this.#since = performance.now()
  }
}
