// Who the link worker has not heard for how long: its page's main thread, and the host. Pure: it is told what was heard
// and asked at each beat. A pause of the worker's own (a laptop that slept, a tab that was frozen) is forgiven: it
// says nothing about the others.

/** So many beats without a word from the host, and it is asked whether it is there. */
const missedBeats = 6

export interface PulseReading {
  /** How long ago the main thread last answered. */
  readonly mainAgeMs: number
  readonly hostSilent: boolean
}

export class Pulse {
  readonly #beatMs: number
  /** Whether the host promised to say something at every beat. */
  readonly #hostBeats: boolean
  #readAt: number
  #mainAt: number
  #hostAt: number

  constructor(beatMs: number, hostBeats: boolean, now: number) {
    this.#beatMs = beatMs
    this.#hostBeats = hostBeats
    this.#readAt = now
    this.#mainAt = now
    this.#hostAt = now
  }

  mainAnswered(now: number): void {
    this.#mainAt = now
  }

  hostHeard(now: number): void {
    this.#hostAt = now
  }

  isHostSilent(now: number): boolean {
    return this.#hostBeats && now - this.#hostAt > missedBeats * this.#beatMs
  }

  /** To be taken at each beat. */
  read(now: number): PulseReading {
    if (now - this.#readAt > 3 * this.#beatMs) {
      this.#mainAt = now
      this.#hostAt = now
    }
    this.#readAt = now
    return { mainAgeMs: now - this.#mainAt, hostSilent: this.isHostSilent(now) }
  }
}
