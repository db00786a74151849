// Who may join: tokens, each for one page that is expected. Not the handshake (Gateway.ts). A token serves its page
// for as long as it is expected, since a page that reloads or reconnects says it again; it ends when it is revoked.
import { createHash, randomBytes } from 'node:crypto'

const digest = (token: string): string => createHash('sha256').update(token).digest('base64')

export class JoinTokens<Guest> {
  /** By digest: neither a look-up's time nor a heap dump gives a token away. */
  readonly #guests = new Map<string, Guest>()

  /** A token of 256 random bits, fit for a URL. */
  issue(guest: Guest): string {
    const token = randomBytes(32).toString('base64url')
    this.#guests.set(digest(token), guest)
    return token
  }

  find(token: string): Guest | undefined {
    return this.#guests.get(digest(token))
  }

  revoke(token: string): void {
    this.#guests.delete(digest(token))
  }

  get size(): number {
    return this.#guests.size
  }
}
