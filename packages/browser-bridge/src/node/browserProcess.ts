// One browser process as an actor: browser.machine wired to the driver. It ends when its browser does, and its
// supervisor starts it anew; it never launches twice itself.
import { type Behavior, behavior, type ChildSpec, child, fromEffect } from '@shoal/core'
import { Effect, Scope } from 'effect'
import type { SnapshotFrom } from 'xstate'
import {
  type BrowserClosing,
  type BrowserEnd,
  type BrowserEvent,
  browserMachine,
  type Launched,
} from '../machines/browser.machine.ts'
import { type Fall, type Recovery, recoveryOf } from '../machines/ladder.ts'
import type { BrowserSlot } from './BrowserSlot.ts'
import { type BrowserSource, nameOf, openBrowser } from './browsers/BrowserSource.ts'
import type { LaunchOptions } from './browsers/LaunchOptions.ts'

export interface BrowserProcessOptions {
  /** Its name below its supervisor (default `process`). */
  readonly id?: string
  /** What is launched, or connected to. */
  readonly source: BrowserSource
  readonly launch?: LaunchOptions
  /** Where its connections find it. */
  readonly slot: BrowserSlot
  /** Hears, when another process has taken the place of one that died or was recycled, how long that took. */
  readonly onMended?: (recovery: Recovery) => void
}

export type BrowserSnapshot = SnapshotFrom<typeof browserMachine>

/** Longer than `Browser.close` takes at worst: an abandoned close would leave a profile behind. */
const shutdownLimit = '20 seconds'

/** How long an endpoint may be silent, at the start and once it has answered. */
const firstPatienceMs = 5_000
const laterPatienceMs = 60_000

const alreadyGone: BrowserEnd = { reason: 'crashed', detail: 'the browser ended as soon as it had started' }

/** Its own end, or the word of its connections that nothing opens in it any more. */
const endOf = (slot: BrowserSlot): Promise<BrowserEnd> => {
  const hopeless = slot.hopeless.then((detail): BrowserEnd => ({ reason: 'crashed', detail }))
  return Promise.race([slot.current?.exited ?? Promise.resolve(alreadyGone), hopeless])
}

const wired = (options: BrowserProcessOptions & { readonly name: string }) => {
  const { source, launch: launchOptions, slot, name } = options
  /** An address that never answered is mostly a wrong one; one that did will mostly be back. */
  let patienceMs = firstPatienceMs
  /** How the former incarnation ended, until this one is ready. */
  let fall: Fall | undefined
  const fell = (why: Fall['why'], detail: string): void => {
    fall = { why, detail, at: performance.now(), noticedMs: 0 }
  }
  const mended = (): Recovery | undefined => {
    const recovery = fall && recoveryOf(name, fall, 'browser', performance.now())
    fall = undefined
    if (recovery !== undefined) options.onMended?.(recovery)
    return recovery
  }
  return browserMachine.provide({
    actors: {
      launch: fromEffect<Launched, unknown>(({ actorScope }) =>
        Effect.gen(function* () {
          const startedAt = performance.now()
          const browser = yield* Scope.provide(
            openBrowser(source, { ...launchOptions, patienceMs }),
            actorScope,
          )
          patienceMs = laterPatienceMs
          // At once: a connection that is started meanwhile must wait for the next browser.
          void browser.exited.then(() => slot.clear(browser))
          slot.put(browser)
          const launchMs = Math.round(performance.now() - startedAt)
          const recovery = mended()
          const facts: Launched = { pid: browser.pid, version: browser.version, launchMs }
          return recovery === undefined ? facts : { ...facts, recovery }
        }),
      ),
      watch: fromEffect<BrowserEnd, unknown>(() =>
        Effect.promise(() => endOf(slot)).pipe(
          Effect.tap(({ reason, detail }) =>
            Effect.sync(() => {
              if (reason === 'crashed') fell('browserGone', detail)
            }),
          ),
        ),
      ),
      close: fromEffect<void, unknown, BrowserClosing>(({ input }) =>
        Effect.suspend(() => {
          if (input === 'recycle') fell('recycled', 'it was recycled')
          return slot.current?.close() ?? Effect.void
        }),
      ),
    },
  })
}

/**
 * Describes a browser to supervise: launched when it starts, closed when it stops, a failure when it dies. Transient:
 * after `{ type: 'close' }` it ends normally and stays away.
 */
export const browserProcess = (options: BrowserProcessOptions): ChildSpec<BrowserEvent, BrowserSnapshot> => {
  const { id = 'process', source } = options
  const name = nameOf(source)
  const actor: Behavior<BrowserEvent, BrowserSnapshot, { readonly name: string }> = behavior({
    logic: wired({ ...options, name }),
  })
  return child({
    id,
    behavior: actor,
    input: { name },
    restart: 'transient',
    shutdown: shutdownLimit,
  })
}
