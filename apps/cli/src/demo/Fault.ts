// The demo's fault: SIGKILL to a real browser process that has work in hand, and the time until the browser
// that takes its place answers. It injects one fault and watches; healing is the pool's.

import { setTimeout as delay } from 'node:timers/promises'
import type { ResourcePool, RunAnswer } from '@shoal/pool'

export interface Killed {
  readonly browser: string
  readonly kind: string
  readonly pid: number
  /** Requests that were on it at that moment. */
  readonly inFlight: number
  readonly at: number
}

export class Fault {
  readonly #pool: ResourcePool
  #killed: Killed | undefined
  #recoveryMs: number | undefined

  constructor(pool: ResourcePool) {
    this.#pool = pool
  }

  get killed(): Killed | undefined {
    return this.#killed
  }

  /** Milliseconds from the kill to the first answer of the browser started in its place. */
  get recoveryMs(): number | undefined {
    return this.#recoveryMs
  }

  /** A browser was killed and its successor has not answered yet. */
  get isOpen(): boolean {
    return this.#killed !== undefined && this.#recoveryMs === undefined
  }

  /** Waits `afterMs`, then for a browser that has a request in flight, and kills it. */
  async strike(afterMs: number, signal: AbortSignal): Promise<void> {
    try {
      await delay(afterMs, undefined, { signal })
      while (!this.#tryKill()) await delay(1, undefined, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #tryKill(): boolean {
    const victim = this.#pool.browsers().find(browser => browser.running > 0 && browser.pid !== undefined)
    if (victim?.pid === undefined) return false
    process.kill(victim.pid, 'SIGKILL')
    const { id, kind, pid, running } = victim
    this.#killed = { browser: id, kind, pid, inFlight: running, at: performance.now() }
    return true
  }

  /** Told of every answer; the first from the killed browser's successor ends the recovery. */
  sawAnswer(answer: RunAnswer): void {
    const killed = this.#killed
    if (!killed || this.#recoveryMs !== undefined) return
    if (answer.placement.browserId !== killed.browser) return
    // Answers that were on their way when it died may still come from the killed process itself.
    const successor = this.#pool.browsers().find(browser => browser.id === killed.browser)
    if (successor?.pid === undefined || successor.pid === killed.pid) return
    this.#recoveryMs = performance.now() - killed.at
  }
}
