// Time that stands still until a test moves it. The one driver of time of a test system.

import type { ActorClock } from '../ActorClock.ts'

interface Timer {
  readonly at: number
  readonly fn: () => void
}

export class VirtualClock implements ActorClock {
  readonly #timers = new Set<Timer>()
  #now = 0
  #startsAt: number

  /** `startsAt`: the time of day at its beginning, in milliseconds since 1970. */
  constructor(startsAt = 0) {
    this.#startsAt = startsAt
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#startsAt + this.#now
  }

  /** Sets the time of day forwards or back, as people and networks do: no time passes. */
  jump(ms: number): void {
    this.#startsAt += ms
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const timer: Timer = { at: this.#now + Math.max(ms, 0), fn }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer)
  }

  /** How many timers are set: none for a system in which nothing waits. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves to the next timer that is due by `until` and fires it; false, and moved to `until`, if there is none. */
  step(until: number): boolean {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer
    }
    if (next === undefined) {
      this.#now = Math.max(this.#now, until)
      return false
    }
    this.#timers.delete(next)
    this.#now = Math.max(this.#now, next.at)
    next.fn()
    return true
  }
}
