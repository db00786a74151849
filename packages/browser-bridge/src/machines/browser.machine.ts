// The life of one browser process: launching → ready → closing → closed, or failed from anywhere. No I/O: what
// launches, watches and closes is provided where it is wired (node/browserProcess.ts). It never launches again
// itself: a failed one ends, and its supervisor decides about the next; so does one that is recycled.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { assign, setup } from 'xstate'
import { BrowserDied, BrowserRecycled } from '../errors.ts'
import type { Recovery } from './ladder.ts'

export interface Launched {
  /** Undefined where it runs behind an endpoint. */
  readonly pid: number | undefined
  readonly version: string
  readonly launchMs: number
  /** Where it takes the place of a former process: what that died of, and how long the place was empty. */
  readonly recovery?: Recovery
}

export interface BrowserContext {
  /** Which browser, for people: `firefox 153.7.0`. */
  readonly name: string
  readonly launched: Launched | undefined
  /** Why it failed; what its supervisor is told. */
  readonly failure: unknown
}

export type BrowserEvent =
  /** Close it politely: it ends normally and is not started again. */
  | { readonly type: 'close' }
  /** Close it politely, and let its supervisor start it anew: what it had leaked is gone. */
  | { readonly type: 'recycle' }

export interface BrowserEnd {
  readonly reason: 'closed' | 'crashed'
  readonly detail: string
}

/** What it is closed for: to stay away, or to be started anew. */
export type BrowserClosing = 'close' | 'recycle'

const unprovided = (name: string) => Effect.die(new Error(`browser.machine: '${name}' is not provided`))

export const browserMachine = setup({
  types: {
    input: {} as { readonly name: string },
    context: {} as BrowserContext,
    events: {} as BrowserEvent,
  },
  actors: {
    /** Starts the browser; what it started lives as long as the actor. */
    launch: fromEffect<Launched, unknown>(() => unprovided('launch')),
    /** Ends when the browser has: `crashed` unless somebody closed it. */
    watch: fromEffect<BrowserEnd, unknown>(() => unprovided('watch')),
    close: fromEffect<void, unknown, BrowserClosing>(() => unprovided('close')),
  },
  actions: {
    /** Ends the actor with the failure that the context holds. */
    escalate: ({ context }) => {
      throw context.failure
    },
  },
}).createMachine({
  id: 'browser',
  context: ({ input }) => ({ name: input.name, launched: undefined, failure: undefined }),
  initial: 'launching',
  states: {
    launching: {
      invoke: {
        src: 'launch',
        onDone: { target: 'ready', actions: assign({ launched: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ failure: ({ event }) => event.error }) },
      },
      on: { close: 'closing' },
    },
    ready: {
      invoke: {
        src: 'watch',
        onDone: [
          { guard: ({ event }) => event.output.reason === 'closed', target: 'closed' },
          {
            target: 'failed',
            actions: assign({
              failure: ({ context, event }) =>
                new BrowserDied({ browser: context.name, detail: event.output.detail }),
            }),
          },
        ],
      },
      on: { close: 'closing', recycle: 'recycling' },
    },
    recycling: {
      invoke: {
        src: 'close',
        input: 'recycle' as const,
        onDone: {
          target: 'failed',
          actions: assign({ failure: ({ context }) => new BrowserRecycled({ browser: context.name }) }),
        },
        onError: { target: 'failed', actions: assign({ failure: ({ event }) => event.error }) },
      },
      on: { close: 'closing' },
    },
    closing: {
      invoke: {
        src: 'close',
        input: 'close' as const,
        onDone: 'closed',
        onError: { target: 'failed', actions: assign({ failure: ({ event }) => event.error }) },
      },
    },
    failed: { entry: 'escalate' },
    closed: { type: 'final' },
  },
})
