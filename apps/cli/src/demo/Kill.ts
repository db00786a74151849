// The demo's one fault: SIGKILL to a real browser process that has work in hand, and the time until the browser
// that takes its place answers. It injects and watches; healing is the pool's.

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

/** What it sees of the pool. */
export type Struck = Pick<ResourcePool, 'browsers' | 'metrics'>

type State =
  | { readonly _tag: 'unhurt' }
  | {
      readonly _tag: 'killed'
      readonly killed: Killed
      /** Requests that had been run again by then. */
      readonly rerunBefore: number
      readonly recover: () => void
    }
  /** `missed`: nothing that it had was lost with it, so another one is killed. */
  | { readonly _tag: 'recovered' | 'missed'; readonly killed: Killed; readonly recoveryMs: number }

export class Kill {
  readonly #pool: Struck
  #state: State = { _tag: 'unhurt' }

  constructor(pool: Struck) {
    this.#pool = pool
  }

  /** The last that was killed. */
  get killed(): Killed | undefined {
    return this.#state._tag === 'unhurt' ? undefined : this.#state.killed
  }

  /** Milliseconds from the kill to the first answer of the browser started in its place. */
  get recoveryMs(): number | undefined {
    return 'recoveryMs' in this.#state ? this.#state.recoveryMs : undefined
  }

  /** A browser was killed, and its successor has not answered yet, or another is to be killed. */
  get isOpen(): boolean {
    return this.#state._tag === 'killed' || this.#state._tag === 'missed'
  }

  /**
   * Waits `afterMs`, then for a browser that has requests in flight, and kills it. What it had may all have been answered
   * by then, and only not have been heard yet: then, once its successor answers, another one is killed.
   */
  async strike(afterMs: number, signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>(resolve => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    try {
      await delay(afterMs, undefined, { signal })
      while (this.#state._tag !== 'recovered') {
        const recovered = this.#tryKill()
        await (recovered === undefined ? delay(1, undefined, { signal }) : Promise.race([recovered, aborted]))
        signal.throwIfAborted()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Kills the one that has most in hand, and gives what resolves when its successor answers. */
  #tryKill(): Promise<void> | undefined {
    const [victim] = this.#pool
      .browsers()
      .filter(browser => browser.running > 0 && browser.pid !== undefined)
      .toSorted((a, b) => b.running - a.running)
    if (victim?.pid === undefined) return undefined
    const rerunBefore = this.#pool.metrics().requests.rerun
    process.kill(victim.pid, 'SIGKILL')
    const { id, kind, pid, running } = victim
    const killed = { browser: id, kind, pid, inFlight: running, at: performance.now() }
    const { promise, resolve: recover } = Promise.withResolvers<void>()
    this.#state = { _tag: 'killed', killed, rerunBefore, recover }
    return promise
  }

  /** Told of every answer; the first from the killed browser's successor ends the recovery. */
  sawAnswer(answer: RunAnswer): void {
    if (this.#state._tag !== 'killed') return
    const { killed, rerunBefore, recover } = this.#state
    if (answer.placement.browserId !== killed.browser) return
    // Answers that were on their way when it died may still come from the killed process itself.
    const successor = this.#pool.browsers().find(browser => browser.id === killed.browser)
    if (successor?.pid === undefined || successor.pid === killed.pid) return
    const isHit = this.#pool.metrics().requests.rerun > rerunBefore
    const recoveryMs = performance.now() - killed.at
    this.#state = { _tag: isHit ? 'recovered' : 'missed', killed, recoveryMs }
    recover()
  }
}
