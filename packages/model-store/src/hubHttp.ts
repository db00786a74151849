// Requests to a hub: headers, the time without a byte after which an answer counts as cut, and statuses turned
// into typed errors. What the answers mean is told in hubSource.ts.
import { setTimeout as delay } from 'node:timers/promises'
import { HubRefused, HubUnreachable } from './errors.ts'

export interface HubAccess {
  readonly token: string | undefined
  /** How often a request that was cut or refused for the moment is made again. */
  readonly retries: number
  /** Milliseconds without a byte after which a connection counts as cut. */
  readonly stallMs: number
}

/** A connection that gave nothing for `stallMs`; retried like one that was cut. */
class Stalled extends Error {
  constructor(ms: number) {
    super(`no byte for ${ms} ms`)
  }
}

/** An answer whose body is read within the stall limit: `alive` is called for every piece that arrives. */
export interface Answer {
  readonly response: Response
  readonly alive: () => void
  /** Gives up on the body and frees the connection. */
  readonly end: () => void
}

/** One request, no retry. Rejects as fetch does, or because it stalled or `signal` aborted. */
export async function request(
  url: string,
  init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> },
  { token, stallMs }: HubAccess,
  signal: AbortSignal,
): Promise<Answer> {
  const stop = new AbortController()
  const onAbort = () => stop.abort(signal.reason)
  const timer = setTimeout(() => stop.abort(new Stalled(stallMs)), stallMs)
  const end = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    stop.abort(new Error('the answer was given up'))
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    const response = await fetch(url, { ...init, headers, signal: stop.signal })
    return { response, alive: () => timer.refresh(), end }
  } catch (error) {
    end()
    throw error
  }
}

/** Whether the same request may succeed a moment later. */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500

export type SmallAnswer =
  | { readonly _tag: 'Answer'; readonly headers: Headers; readonly body: string }
  /** `named`: the hub itself says that there is no such model, rather than that there is nothing at this address. */
  | { readonly _tag: 'Missing'; readonly named: boolean }

/** A small answer, whole; retried when cut or refused for the moment. Rejects with HubUnreachable or HubRefused. */
export async function ask(
  url: string,
  method: 'GET' | 'HEAD',
  access: HubAccess,
  signal: AbortSignal,
): Promise<SmallAnswer> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt >= access.retries
    try {
      const { response, end } = await request(url, { method }, access, signal)
      try {
        const { ok, status, headers } = response
        if (ok) return { _tag: 'Answer', headers, body: await response.text() }
        // huggingface.co answers 401 for a model that does not exist, and says so in a header.
        const named = /^(Repo|Revision)NotFound$/.test(headers.get('x-error-code') ?? '')
        if (named || status === 404 || status === 410) return { _tag: 'Missing', named }
        if (last || !isPassing(status)) throw new HubRefused({ url, status })
      } finally {
        end()
      }
    } catch (cause) {
      if (signal.aborted || cause instanceof HubRefused) throw cause
      if (last) throw new HubUnreachable({ url, cause, near: [] })
    }
    await backOff(attempt, signal)
  }
}

export const backOff = (attempt: number, signal: AbortSignal): Promise<void> =>
  delay(Math.min(200 * 2 ** attempt, 5_000), undefined, { signal })
