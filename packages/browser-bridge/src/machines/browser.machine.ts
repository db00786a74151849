// The life of one browser process: launching → ready → closing → closed, or failed from anywhere. No I/O: what
// launches, watches and closes is provided where it is wired (node/browserProcess.ts). It never launches again
// itself: a failed one ends, and its supervisor decides about the next.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { assign, setup } from 'xstate'
import { BrowserDied } from '../errors.ts'

export interface Launched {
  readonly pid: number
  readonly version: string
  readonly launchMs: number
}

export interface BrowserContext {
  /** Which browser, for people: `firefox 153.7.0`. */
  readonly name: string
  readonly launched: Launched | undefined
  /** Why it failed; what its supervisor is told. */
  readonly failure: unknown
}

/** Close it politely: it ends normally and is not started again. */
export type BrowserEvent = { readonly type: 'close' }

export interface BrowserEnd {
  readonly reason: 'closed' | 'crashed'
  readonly detail: string
}

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
    close: fromEffect<void, unknown>(() => unprovided('close')),
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
      on: { close: 'closing' },
    },
    closing: {
      invoke: {
        src: 'close',
        onDone: 'closed',
        onError: { target: 'failed', actions: assign({ failure: ({ event }) => event.error }) },
      },
    },
    failed: { entry: 'escalate' },
    closed: { type: 'final' },
  },
})
