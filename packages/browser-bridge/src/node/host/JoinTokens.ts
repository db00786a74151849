// Who of our own may come in: tokens, each for one page that is expected. Not the handshake (Gateway.ts), and not the
// devices of others (JoinDoor.ts). A token serves its page
// for as long as it is expected, since a page that reloads or reconnects says it again; it ends when it is revoked.
import { createHash, randomBytes } from 'node:crypto'
import type { Hello } from '../../protocol/messages.ts'
import type { Admission, ExpectedPage, Judgement } from './Admission.ts'

const digest = (token: string): string => createHash('sha256').update(token).digest('base64')

export class JoinTokens implements Admission {
  /** By digest: neither a look-up's time nor a heap dump gives a token away. */
  readonly #pages = new Map<string, ExpectedPage>()

  /** A token of 256 random bits, fit for a URL. */
  issue(page: ExpectedPage): string {
    const token = randomBytes(32).toString('base64url')
    this.#pages.set(digest(token), page)
    return token
  }

  find(token: string): ExpectedPage | undefined {
    return this.#pages.get(digest(token))
  }

  judge({ token }: Pick<Hello, 'token'>): Judgement {
    const page = this.find(token)
    return page === undefined
      ? { _tag: 'Refused', code: 'TokenInvalid', message: 'the token is not known here' }
      : { _tag: 'Known', enter: () => page }
  }

  revoke(token: string): void {
    this.#pages.delete(digest(token))
  }

  get size(): number {
    return this.#pages.size
  }
}
