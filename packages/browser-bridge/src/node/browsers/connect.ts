// Connects to a browser that runs already: over CDP, or through a Playwright server. Tries again with growing waits
// until it answers or its time is over. It starts no browser and ends none.
import { Effect, type Scope } from 'effect'
import type { BrowserContext, Browser as Driver } from 'playwright-core'
import { ConnectFailed } from '../../errors.ts'
import type { Browser } from './Browser.ts'
import { ConnectedBrowser } from './ConnectedBrowser.ts'
import { type Endpoint, endpointFault, shownEndpoint, wayOf } from './Endpoint.ts'
import { withinLimit } from './withinLimit.ts'

/** For one attempt. */
const attemptLimitMs = 15_000
const firstWaitMs = 200
const longestWaitMs = 5_000

/** Waits before the second attempt and all later ones: 0.2 s doubling to 5 s. */
export const waitBefore = (attempt: number): number =>
  Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 2))

export interface ConnectOptions {
  /** How long to go on trying, in milliseconds (default 5,000). At least one attempt is made and seen through. */
  readonly patienceMs?: number
}

const dial = async (endpoint: Endpoint): Promise<Driver> => {
  const { chromium, firefox, webkit } = await import('playwright-core')
  const { connect, kind = 'chromium', launch } = endpoint
  const headers = { ...endpoint.headers }
  if (wayOf(endpoint) === 'cdp') return chromium.connectOverCDP(connect, { headers, timeout: attemptLimitMs })
  const type = kind === 'firefox' ? firefox : kind === 'webkit' ? webkit : chromium
  const channel = launch?.channel ?? (kind === 'chrome' ? 'chrome' : kind === 'edge' ? 'msedge' : undefined)
  const { firefoxPrefs, ...rest } = launch ?? {}
  const options = {
    ...rest,
    ...(channel && { channel }),
    ...(firefoxPrefs && { firefoxUserPrefs: firefoxPrefs }),
  }
  return type.connect(connect, {
    // The browser is on that server's machine, and may reach this host by another way than this process does.
    headers: { ...headers, 'x-playwright-launch-options': JSON.stringify(options) },
    timeout: attemptLimitMs,
  })
}

const hold = async (
  endpoint: Endpoint,
  given: AbortSignal,
): Promise<{ driver: Driver; context: BrowserContext }> => {
  const driver = await dial(endpoint)
  try {
    // Where nobody waits any more, nobody else would close anything or hang up.
    given.throwIfAborted()
    const context = await withinLimit(attemptLimitMs, driver.newContext(), late => late.close())
    if (given.aborted) await withinLimit(attemptLimitMs, context.close()).catch(() => undefined)
    given.throwIfAborted()
    return { driver, context }
  } catch (error) {
    await withinLimit(attemptLimitMs, driver.close()).catch(() => undefined)
    throw error
  }
}

/**
 * Holds the browser behind `endpoint`. Closing the scope closes the pages that were opened through it, and nothing
 * else. Fails with `ConnectFailed` once `patienceMs` are over.
 */
export const connect = (
  endpoint: Endpoint,
  { patienceMs = 5_000 }: ConnectOptions = {},
): Effect.Effect<Browser, ConnectFailed, Scope.Scope> => {
  const failed = (cause: unknown, attempts: number) =>
    new ConnectFailed({
      kind: endpoint.kind ?? 'chromium',
      endpoint: shownEndpoint(endpoint.connect),
      attempts,
      cause,
    })
  const connected = Effect.gen(function* () {
    const fault = endpointFault(endpoint)
    if (fault !== undefined) return yield* failed(fault, 0)
    const until = performance.now() + patienceMs
    for (let attempt = 1; ; attempt += 1) {
      const result = yield* Effect.result(
        Effect.tryPromise({ try: given => hold(endpoint, given), catch: cause => cause }),
      )
      if (result._tag === 'Success')
        return new ConnectedBrowser(endpoint, result.success.driver, result.success.context)
      const wait = waitBefore(attempt + 1)
      if (performance.now() + wait > until) return yield* failed(result.failure, attempt)
      yield* Effect.sleep(wait)
    }
  })
  return Effect.acquireRelease(connected, browser => browser.close(), { interruptible: true })
}
