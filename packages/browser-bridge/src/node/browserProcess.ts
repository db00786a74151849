// One browser process as an actor: browser.machine wired to the driver. It ends when its browser does, and its
// supervisor starts it anew; it never launches twice itself.
import { type Behavior, behavior, type ChildSpec, child, fromEffect } from '@shoal/core'
import { Effect, Scope } from 'effect'
import type { SnapshotFrom } from 'xstate'
import {
  type BrowserEnd,
  type BrowserEvent,
  browserMachine,
  type Launched,
} from '../machines/browser.machine.ts'
import type { BrowserSlot } from './BrowserSlot.ts'
import type { FoundBrowser } from './browsers/discover.ts'
import { launch } from './browsers/launch.ts'
import type { LaunchOptions } from './browsers/launchFlags.ts'

export interface BrowserProcessOptions {
  /** Its name below its supervisor (default `process`). */
  readonly id?: string
  readonly found: FoundBrowser
  readonly launch?: LaunchOptions
  /** Where its connections find it. */
  readonly slot: BrowserSlot
}

export type BrowserSnapshot = SnapshotFrom<typeof browserMachine>

/** Longer than `Browser.close` takes at worst: an abandoned close would leave a profile behind. */
const shutdownLimit = '20 seconds'

const alreadyGone: BrowserEnd = { reason: 'crashed', detail: 'the browser ended as soon as it had started' }

/** Its own end, or the word of its connections that nothing opens in it any more. */
const endOf = (slot: BrowserSlot): Promise<BrowserEnd> => {
  const hopeless = slot.hopeless.then((detail): BrowserEnd => ({ reason: 'crashed', detail }))
  return Promise.race([slot.current?.exited ?? Promise.resolve(alreadyGone), hopeless])
}

const wired = ({ found, launch: options, slot }: BrowserProcessOptions) =>
  browserMachine.provide({
    actors: {
      launch: fromEffect<Launched, unknown>(({ actorScope }) =>
        Effect.gen(function* () {
          const startedAt = performance.now()
          const browser = yield* Scope.provide(launch(found, options), actorScope)
          // At once: a connection that is started meanwhile must wait for the next browser.
          void browser.exited.then(() => slot.clear(browser))
          slot.put(browser)
          const launchMs = Math.round(performance.now() - startedAt)
          return { pid: browser.pid, version: browser.version, launchMs }
        }),
      ),
      watch: fromEffect<BrowserEnd, unknown>(() => Effect.promise(() => endOf(slot))),
      close: fromEffect<void, unknown>(() => slot.current?.close() ?? Effect.void),
    },
  })

/**
 * Describes a browser to supervise: launched when it starts, closed when it stops, a failure when it dies. Transient:
 * after `{ type: 'close' }` it ends normally and stays away.
 */
export const browserProcess = (options: BrowserProcessOptions): ChildSpec<BrowserEvent, BrowserSnapshot> => {
  const { id = 'process', found } = options
  const actor: Behavior<BrowserEvent, BrowserSnapshot, { readonly name: string }> = behavior({
    logic: wired(options),
  })
  return child({
    id,
    behavior: actor,
    input: { name: `${found.kind} ${found.version}`.trim() },
    restart: 'transient',
    shutdown: shutdownLimit,
  })
}
