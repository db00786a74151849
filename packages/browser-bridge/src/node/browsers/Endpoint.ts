// A browser that runs already, at an address: which of the two protocols is spoken there, and what may be said of the
// address to others. Pure.

import type { Way } from './Browser.ts'
import type { BrowserKind } from './discover.ts'

export interface Endpoint {
  /** What runs there. Default: chromium. */
  readonly kind?: BrowserKind
  /**
   * A CDP endpoint (`http://host:9222`, or the `ws://…/devtools/browser/…` that it names), or the address that
   * `playwright run-server` prints (`ws://host:port/`).
   */
  readonly connect: string
  /** Which of the two it is, where the address does not tell. */
  readonly protocol?: 'cdp' | 'playwright'
  /** Sent with the first request, such as an `Authorization` that a grid wants. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * How `playwright run-server` is to start the browser: its channel, window, executable and flags. A server takes the
   * last two only when it was started with `--unsafe`.
   */
  readonly launch?: {
    readonly channel?: string
    readonly headless?: boolean
    readonly executablePath?: string
    readonly args?: readonly string[]
    readonly firefoxPrefs?: Readonly<Record<string, string | number | boolean>>
  }
}

/** Why it is no endpoint that can be used; undefined where it is one. */
export const endpointFault = (endpoint: Endpoint): string | undefined => {
  const { connect, kind = 'chromium' } = endpoint
  const url = URL.parse(connect)
  if (url === null || !/^(https?|wss?):$/.test(url.protocol))
    return `“${shownEndpoint(connect)}” is no http, https, ws or wss address`
  const way = wayOf(endpoint)
  if (way === 'cdp' && (kind === 'firefox' || kind === 'webkit'))
    return `${kind} does not speak CDP; give the address of "playwright run-server", which speaks for it`
  if (way === 'cdp' && endpoint.launch !== undefined)
    return 'a browser behind a CDP endpoint runs already, so it takes no launch options'
  if (way === 'playwright-server' && url.protocol.startsWith('http'))
    return 'a Playwright server is at a ws or wss address'
  return undefined
}

/** By `protocol`, else by the address: a Playwright server is at a WebSocket's address that is not DevTools'. */
export const wayOf = ({ connect, protocol }: Endpoint): Extract<Way, 'cdp' | 'playwright-server'> => {
  if (protocol !== undefined) return protocol === 'cdp' ? 'cdp' : 'playwright-server'
  const isDevTools = /^wss?:\/\/[^/]+\/devtools\//.test(connect)
  return connect.startsWith('http') || isDevTools ? 'cdp' : 'playwright-server'
}

/** The address for people: grids put a key into its query or its user, and DevTools its secret into the path. */
export const shownEndpoint = (connect: string): string => {
  const url = URL.parse(connect)
  if (url === null) return 'the address that was given'
  return `${url.protocol}//${url.host}${url.pathname.replace(/(\/devtools\/browser)\/.*/, '$1/…').replace(/\/$/, '')}`
}

/** Whether the browser is on this machine, as far as the address tells. */
export const isLocal = (connect: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(URL.parse(connect)?.hostname ?? '')
