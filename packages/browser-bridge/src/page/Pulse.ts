// Who the link worker has not heard for how long: its page's main thread, and the host. Pure: it is told what was heard
// and asked at each beat. A pause of the worker's own (a laptop that slept, a tab that was frozen) is forgiven: it
// says nothing about the others.

/** So many beats without a word from the host, and it is asked whether it is there. */
const missedBeats = 6

export interface PulseReading {
  /** For how long the main thread has owed an answer; 0 where it owes none. */
  readonly mainAgeMs: number
  readonly hostSilent: boolean
}

export class Pulse {
  readonly #beatMs: number
  /** Whether the host promised to say something at every beat. */
  readonly #hostBeats: boolean
  #readAt: number
  /** The oldest question to the main thread that it has not answered. */
  #mainAskedAt: number | undefined
  #hostAt: number

  constructor(beatMs: number, hostBeats: boolean, now: number) {
    this.#beatMs = beatMs
    this.#hostBeats = hostBeats
    this.#readAt = now
    this.#hostAt = now
  }

  /** For the next socket, whose host has just spoken: what the main thread owes it owes still. */
  renewed(beatMs: number, hostBeats: boolean, now: number): Pulse {
    const next = new Pulse(beatMs, hostBeats, now)
    next.#mainAskedAt = this.#mainAskedAt
    next.#readAt = this.#readAt
    return next
  }

  mainAsked(now: number): void {
    this.#mainAskedAt ??= now
  }

  mainAnswered(): void {
    this.#mainAskedAt = undefined
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
      if (this.#mainAskedAt !== undefined) this.#mainAskedAt = now
      this.#hostAt = now
    }
    this.#readAt = now
    return { mainAgeMs: now - (this.#mainAskedAt ?? now), hostSilent: this.isHostSilent(now) }
  }
}
