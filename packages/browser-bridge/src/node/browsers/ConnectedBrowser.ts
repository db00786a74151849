// A browser of somebody else's, held over an endpoint: its pages are ours, it is not. Closing it closes the pages and
// hangs up. Where its endpoint drops it has ended, and whoever supervises it connects again (connect.ts).
import { Effect } from 'effect'
import type { BrowserContext, Browser as Driver } from 'playwright-core'
import { PageFailed } from '../../errors.ts'
import type { Browser, ExitDetail, PageHandle } from './Browser.ts'
import type { BrowserKind } from './discover.ts'
import { type Endpoint, isLocal, shownEndpoint, wayOf } from './Endpoint.ts'
import { openPage } from './openPage.ts'
import type { ProcessTree } from './processTree.ts'
import { withinLimit } from './withinLimit.ts'

const closeLimitMs = 4_000

/** What browsers say of an address that leads nowhere from where they are. */
const unreachable =
  /ERR_CONNECTION_REFUSED|ERR_NAME_NOT_RESOLVED|ERR_ADDRESS_UNREACHABLE|ERR_CONNECTION_TIMED_OUT|ERR_INTERNET_DISCONNECTED|NS_ERROR_CONNECTION_REFUSED|NS_ERROR_UNKNOWN_HOST|NS_ERROR_NET_TIMEOUT|Could not connect|Timeout \d+ms exceeded/

/** The browser is elsewhere: what is wrong is mostly the address of this host, which the message then says. */
export const explain = (cause: unknown, page: string, endpoint: string): unknown => {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (!unreachable.test(text)) return cause
  const origin = URL.parse(page)?.origin ?? 'its address'
  const advice = isLocal(origin)
    ? 'that address means another machine there: have the host listen on an address of this one (option host), over TLS'
    : 'check that no firewall is between them'
  return new Error(
    `the browser behind ${shownEndpoint(endpoint)} does not reach this host at ${origin}; ${advice}`,
  )
}

type Life = { readonly _tag: 'Open' } | { readonly _tag: 'Closing'; readonly done: Promise<void> }

export class ConnectedBrowser implements Browser {
  readonly kind: BrowserKind
  readonly version: string
  readonly way: 'cdp' | 'playwright-server'
  readonly warnings: readonly string[] = []
  readonly pid = undefined
  readonly profile = undefined
  readonly exited: Promise<ExitDetail>
  readonly #endpoint: Endpoint
  readonly #driver: Driver
  /** Ours alone, so that closing it closes our pages and no other. */
  readonly #context: BrowserContext
  #life: Life = { _tag: 'Open' }
  #pages = 0

  constructor(endpoint: Endpoint, driver: Driver, context: BrowserContext) {
    this.kind = endpoint.kind ?? 'chromium'
    this.version = driver.version()
    this.way = wayOf(endpoint)
    this.#endpoint = endpoint
    this.#driver = driver
    this.#context = context
    this.exited = new Promise(resolve => {
      driver.once('disconnected', () =>
        resolve(
          this.#life._tag === 'Closing'
            ? { reason: 'closed', detail: `${this.#name} was let go` }
            : { reason: 'crashed', detail: `${this.#name} hung up` },
        ),
      )
    })
  }

  openPage(url: string): Effect.Effect<PageHandle, PageFailed> {
    const { exited } = this
    const browser = this.#name
    const id = `${browser}/${++this.#pages}`
    return Effect.tryPromise({
      try: left => openPage(this.#context, { url, id, browser, exited }, left),
      catch: cause =>
        new PageFailed({ browser, doing: 'open', cause: explain(cause, url, this.#endpoint.connect) }),
    })
  }

  tree(): Promise<ProcessTree> {
    return Promise.resolve({ pids: [], pssBytes: undefined })
  }

  close(): Effect.Effect<void> {
    return Effect.promise(() => {
      if (this.#life._tag === 'Open') this.#life = { _tag: 'Closing', done: this.#hangUp() }
      return this.#life.done
    })
  }

  get #name(): string {
    return `${this.kind} at ${shownEndpoint(this.#endpoint.connect)}`
  }

  async #hangUp(): Promise<void> {
    await withinLimit(closeLimitMs, this.#context.close()).catch(() => undefined)
    // For a connected browser this only hangs up; one that a Playwright server started for us is that server's to end.
    await withinLimit(closeLimitMs, this.#driver.close()).catch(() => undefined)
  }
}
