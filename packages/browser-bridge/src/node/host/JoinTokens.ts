// Who may join: tokens, each for one page that is expected. Not the handshake (Gateway.ts). A token serves its page
// for as long as it is expected, since a page that reloads or reconnects says it again; it ends when it is revoked.
import { createHash, randomBytes } from 'node:crypto'

const digest = (token: string): string => createHash('sha256').update(token).digest('base64')

export class JoinTokens<Page> {
  /** By digest: neither a look-up's time nor a heap dump gives a token away. */
  readonly #pages = new Map<string, Page>()

  /** A token of 256 random bits, fit for a URL. */
  issue(page: Page): string {
    const token = randomBytes(32).toString('base64url')
    this.#pages.set(digest(token), page)
    return token
  }

  find(token: string): Page | undefined {
    return this.#pages.get(digest(token))
  }

  revoke(token: string): void {
    this.#pages.delete(digest(token))
  }

  get size(): number {
    return this.#pages.size
  }
}
