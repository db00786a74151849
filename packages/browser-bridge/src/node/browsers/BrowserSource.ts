// Where a browser comes from: an executable to launch, or an endpoint to connect to. Not the browser.
import type { Effect, Scope } from 'effect'
import type { ConnectFailed, LaunchFailed, LaunchUnsupported } from '../../errors.ts'
import type { Browser } from './Browser.ts'
import { type ConnectOptions, connect } from './connect.ts'
import type { BrowserKind, FoundBrowser } from './discover.ts'
import { type Endpoint, shownEndpoint } from './Endpoint.ts'
import type { LaunchOptions } from './LaunchOptions.ts'
import { launch } from './launch.ts'

export type BrowserSource = FoundBrowser | Endpoint

/** Launches or connects. Closing the scope closes what was started, or lets go what was connected to. */
export const openBrowser = (
  source: BrowserSource,
  options: LaunchOptions & ConnectOptions = {},
): Effect.Effect<Browser, LaunchFailed | LaunchUnsupported | ConnectFailed, Scope.Scope> =>
  'connect' in source ? connect(source, options) : launch(source, options)

export const kindOf = (source: BrowserSource): BrowserKind => source.kind ?? 'chromium'

/** For people: `firefox 153.7.0`, or `chromium at http://grid:9222`. */
export const nameOf = (source: BrowserSource): string =>
  'connect' in source
    ? `${kindOf(source)} at ${shownEndpoint(source.connect)}`
    : `${source.kind} ${source.version}`.trim()
