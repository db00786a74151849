// The life of one connection: a page that is opened, dials back, works, and is helped up again when it falls, by the
// least step that works: ping, reconnect, reload. Its own restart (another page) is its supervisor's step, the
// browser's restart the browser's. No I/O: the session that opens, pings, cuts and reloads is provided where it is
// wired (node/connection.ts) and speaks by the events below.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { assign, setup } from 'xstate'
import { ConnectionFailed } from '../errors.ts'

export interface ConnectionLimits {
  /** From the page's opening until it must have dialled back: it tries every back-end first. */
  readonly handshakeMs: number
  /** The same for a page that is loaded again. */
  readonly reloadMs: number
  /** How long a silent page's socket may take to answer a ping. */
  readonly pingMs: number
  /** How long a page whose socket dropped may take to dial back by itself. */
  readonly reconnectMs: number
  /** How long work in flight may take when the connection is to be closed. */
  readonly drainMs: number
  /** How long to wait, once the browser is gone, for the browser's own supervisor. */
  readonly orphanMs: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  handshakeMs: 60_000,
  reloadMs: 20_000,
  pingMs: 2_000,
  reconnectMs: 8_000,
  drainMs: 60_000,
  orphanMs: 15_000,
}

export interface ConnectionContext {
  readonly id: string
  readonly limits: ConnectionLimits
  /** How often each rung was used. */
  readonly pings: number
  readonly reconnects: number
  readonly reloads: number
  /** What last went wrong. */
  readonly trouble: string | undefined
}

/** What the session says. */
export type SessionEvent =
  /** The driver has opened the page. */
  | { readonly type: 'opened' }
  /** The page dialled back and was let in. */
  | { readonly type: 'arrived'; readonly resumed: boolean }
  /** Its socket is gone, and everything in flight with it. */
  | { readonly type: 'socketLost'; readonly reason: string }
  /** The link has not beaten for too long. */
  | { readonly type: 'silent'; readonly forMs: number }
  /** The link speaks again. */
  | { readonly type: 'heard' }
  /** The socket answers, whatever the page does. */
  | { readonly type: 'pong' }
  /** The page's main thread no longer answers its own worker. */
  | { readonly type: 'mainHung'; readonly forMs: number }
  /** The page is gone: crashed, or closed by somebody. */
  | { readonly type: 'pageEnded'; readonly reason: string }
  /** The browser is gone, and the page with it. */
  | { readonly type: 'browserGone'; readonly reason: string }
  | { readonly type: 'reloadFailed'; readonly reason: string }
  /** Nothing is in flight any more. */
  | { readonly type: 'drained' }

/** What others may ask: finish what is in flight, end normally. Who gives it work must have stopped doing so. */
export type ConnectionCommand = { readonly type: 'drain' }

export type ConnectionEvent = SessionEvent | ConnectionCommand

const remember = ({ event }: { event: { readonly reason: string } }) => event.reason

export const connectionMachine = setup({
  types: {
    input: {} as { readonly id: string; readonly limits: ConnectionLimits },
    context: {} as ConnectionContext,
    events: {} as ConnectionEvent,
  },
  actors: {
    /** Opens the page and holds it, its invitation and its socket for as long as the actor lives. */
    session: fromEffect<never, unknown>(() =>
      Effect.die(new Error("connection.machine: 'session' is not provided")),
    ),
  },
  actions: {
    ping: () => {},
    cutSocket: () => {},
    reloadPage: () => {},
    drainPage: () => {},
    /** A page that does not open, or not again, may be its browser's fault: the browser counts. */
    blameBrowser: () => {},
    escalate: ({ context }) => {
      throw new ConnectionFailed({ connection: context.id, reason: context.trouble ?? '' })
    },
  },
  delays: {
    handshake: ({ context }) => context.limits.handshakeMs,
    reload: ({ context }) => context.limits.reloadMs,
    ping: ({ context }) => context.limits.pingMs,
    reconnect: ({ context }) => context.limits.reconnectMs,
    drain: ({ context }) => context.limits.drainMs,
    orphan: ({ context }) => context.limits.orphanMs,
  },
}).createMachine({
  id: 'connection',
  context: ({ input }) => ({ ...input, pings: 0, reconnects: 0, reloads: 0, trouble: undefined }),
  invoke: {
    src: 'session',
    onError: {
      target: '.failed',
      actions: [assign({ trouble: ({ event }) => String(event.error) }), 'blameBrowser'],
    },
  },
  initial: 'opening',
  on: {
    pageEnded: { target: '.failed', actions: assign({ trouble: remember }) },
    browserGone: { target: '.orphaned', actions: assign({ trouble: remember }) },
    drain: '.draining',
  },
  states: {
    opening: {
      on: { opened: 'handshaking', arrived: 'ready' },
    },
    handshaking: {
      on: { arrived: 'ready' },
      after: {
        handshake: {
          target: 'failed',
          actions: [assign({ trouble: 'the page did not dial back in time' }), 'blameBrowser'],
        },
      },
    },
    ready: {
      on: {
        silent: {
          target: 'unresponsive',
          actions: assign({ trouble: ({ event }) => `no beat for ${Math.round(event.forMs)} ms` }),
        },
        mainHung: {
          target: 'reloading',
          actions: assign({ trouble: ({ event }) => `main thread hung for ${Math.round(event.forMs)} ms` }),
        },
        socketLost: { target: 'reconnecting', actions: assign({ trouble: remember }) },
      },
    },
    unresponsive: {
      entry: ['ping', assign({ pings: ({ context }) => context.pings + 1 })],
      on: {
        heard: 'ready',
        // The socket lives and its owner does not: dialling again would ask the same worker.
        pong: 'reloading',
        socketLost: { target: 'reconnecting', actions: assign({ trouble: remember }) },
      },
      after: { ping: { target: 'reconnecting', actions: 'cutSocket' } },
    },
    reconnecting: {
      on: {
        arrived: {
          target: 'ready',
          actions: assign({ reconnects: ({ context }) => context.reconnects + 1 }),
        },
      },
      after: { reconnect: 'reloading' },
    },
    reloading: {
      entry: ['reloadPage', assign({ reloads: ({ context }) => context.reloads + 1 })],
      on: {
        arrived: 'ready',
        reloadFailed: { target: 'failed', actions: [assign({ trouble: remember }), 'blameBrowser'] },
      },
      after: {
        reload: {
          target: 'failed',
          actions: [assign({ trouble: 'the page did not dial back after its reload' }), 'blameBrowser'],
        },
      },
    },
    draining: {
      entry: 'drainPage',
      on: { drained: 'closed', socketLost: 'closed', pageEnded: 'closed', browserGone: 'closed' },
      after: { drain: 'closed' },
    },
    /** Its browser is being started again by its own supervisor, which stops this connection first. */
    orphaned: {
      on: { drain: 'closed', pageEnded: undefined },
      after: { orphan: 'failed' },
    },
    failed: { entry: 'escalate' },
    closed: { type: 'final' },
  },
})
