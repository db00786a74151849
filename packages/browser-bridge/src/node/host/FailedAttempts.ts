// How many wrong tokens came from each network address lately. It keeps guessing slow and logs short; a right token is
// never refused for it.

const windowMs = 60_000
const addressesKept = 10_000

/** Wrong tokens in a minute from one address, before the next wrong one is told to wait. */
export const attemptsAllowed = 10

export class FailedAttempts {
  readonly #times = new Map<string, number[]>()

  failed(address: string, now: number): void {
    const recent = this.#recent(address, now)
    recent.push(now)
    if (recent.length > attemptsAllowed) recent.shift()
    this.#times.delete(address)
    this.#times.set(address, recent)
    if (this.#times.size <= addressesKept) return
    const [oldest] = this.#times.keys()
    if (oldest !== undefined) this.#times.delete(oldest)
  }

  /** Whether so many came from there within the last minute that the next wrong one is told to wait. */
  tooMany(address: string, now: number): boolean {
    return this.#recent(address, now).length >= attemptsAllowed
  }

  #recent(address: string, now: number): number[] {
    return (this.#times.get(address) ?? []).filter(at => now - at < windowMs)
  }
}
