// A connection that is to go: it drains, and may stay after all until it is being stopped. It drains and stops nothing.

import type { ConnectionCommand } from '@shoal/browser-bridge'
import type { SupervisorRef } from '@shoal/core'
import { Effect } from 'effect'

export class Leaving {
  readonly #staying = Promise.withResolvers<void>()
  #stage: 'draining' | 'staying' | 'stopping' = 'draining'

  /** Resolves when it stays after all. */
  get stays(): Promise<void> {
    return this.#staying.promise
  }

  /** It stays, where it is not too late; says whether. */
  callOff(): boolean {
    if (this.#stage !== 'draining') return false
    this.#stage = 'staying'
    this.#staying.resolve()
    return true
  }

  /** From now on it goes, unless it stays; says which. */
  goes(): boolean {
    if (this.#stage === 'draining') this.#stage = 'stopping'
    return this.#stage === 'stopping'
  }
}

/** Has a connection say good-bye to its page and end for good, and waits for it. */
export function leave(connections: SupervisorRef, id: string): Effect.Effect<void> {
  return Effect.callback(resume => {
    const ref = connections.child<ConnectionCommand>(id)
    if (!ref) {
      resume(Effect.void)
      return undefined
    }
    const unwatch = ref.watch(() => resume(Effect.void))
    ref.tell({ type: 'drain' })
    return Effect.sync(unwatch)
  })
}
