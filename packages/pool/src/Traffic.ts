// What came and what was served since the scaler last looked, and what running beside others cost. Counters only.

import { Concurrency, type SlowdownLevel } from './scaling/Concurrency.ts'
import { slowdownRatio } from './scaling/throughput.ts'

export interface Counted {
  readonly arrivals: number
  readonly served: number
  /** Milliseconds that lanes were busy with those. */
  readonly servedMs: number
  readonly slowdown: readonly SlowdownLevel[]
}

export class Traffic {
  readonly #concurrency = new Concurrency()
  #levels: readonly SlowdownLevel[] = []
  #arrivals = 0
  #served = 0
  #servedMs = 0

  arrived(): void {
    this.#arrivals++
  }

  /** A device that joined answered one: it is no work for this machine's connections. */
  servedElsewhere(): void {
    this.#arrivals--
  }

  /**
   * @param kind requests of a kind take the same time but for chance: a model on a kind of lane
   * @param busy lanes that were busy meanwhile, this one included
   * @param at milliseconds on the pool's clock
   */
  served(serviceMs: number, kind: string, busy: number, at: number): void {
    this.#served++
    this.#servedMs += serviceMs
    this.#concurrency.observe(kind, busy, serviceMs, at)
  }

  /** Counts since the last call. */
  take(now: number): Counted {
    const [arrivals, served, servedMs] = [Math.max(0, this.#arrivals), this.#served, this.#servedMs]
    // More answered elsewhere than came: they came before, and count against what comes.
    this.#arrivals -= arrivals
    this.#served = 0
    this.#servedMs = 0
    this.#levels = this.#concurrency.levels(now)
    return { arrivals, served, servedMs, slowdown: this.#levels }
  }

  /** How much longer requests take beside so many busy lanes than beside so many others, as of the last look. */
  slowdown(busy: number, reference: number): number {
    return slowdownRatio(this.#levels, busy, reference)
  }
}
