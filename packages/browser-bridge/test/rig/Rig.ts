// A scope for a test that starts real parts: what is started in it ends with it, and a condition can be waited for.
import { setTimeout as sleep } from 'node:timers/promises'
import { Effect, Exit, Scope } from 'effect'
import type { BridgeHost, Browser, Invitation, LiveConnection, PageHandle } from '../../src/index.ts'
import type { LivePage } from '../../src/node/link/LivePage.ts'

export class Rig {
  readonly #scope = Scope.makeUnsafe()

  run<A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> {
    return Effect.runPromise(Scope.provide(effect, this.#scope))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}

/** Waits until `look` gives something, however long it takes within the test's own limit. */
export const until = async <A>(
  look: () => A | undefined | false | Promise<A | undefined | false>,
  limitMs = 60_000,
): Promise<A> => {
  const end = performance.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen as A
    if (performance.now() > end) throw new Error(`nothing was seen within ${limitMs} ms: ${look}`)
    await sleep(10)
  }
}

export interface Joined {
  readonly invitation: Invitation
  readonly page: PageHandle
  readonly live: LiveConnection
}

/** Opens a page in `browser` and waits until it has joined `host`. */
export const join = async (host: BridgeHost, browser: Browser, id: string): Promise<Joined> => {
  const arrived = Promise.withResolvers<LivePage>()
  const invitation = host.invite({ id, onArrival: arrived.resolve })
  const page = await Effect.runPromise(browser.openPage(invitation.url))
  return { invitation, page, live: await arrived.promise }
}
