// The life of one connection: a page that is opened, dials back, works, and is helped up again when it falls, by the
// least step that works: ping, reconnect, reload. Its own restart (another page) is its supervisor's step, the
// browser's restart the browser's. No I/O: the session that opens, pings, cuts and reloads is provided where it is
// wired (node/connection.ts) and speaks by the events below, each with the time at which it was so.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { assign, not, setup } from 'xstate'
import { ConnectionFailed } from '../errors.ts'
import {
  backOffMs,
  dialledAgain,
  type Fall,
  fallsInARow,
  type Recovery,
  type Rung,
  recoveryOf,
} from './ladder.ts'
import { patience } from './patience.ts'

export interface ConnectionLimits {
  /** From the page's opening until it must have dialled back: it tries every back-end first. */
  readonly handshakeMs: number
  /** The same for a page that is loaded again. */
  readonly reloadMs: number
  /** How long a silent page's socket may take to answer a ping. */
  readonly pingMs: number
  /** How long a page whose socket dropped may take to dial back by itself. */
  readonly reconnectMs: number
  /** How long work in flight may take when the connection is to be closed or recycled. */
  readonly drainMs: number
  /** How long to wait, once the browser is gone, for the browser's own supervisor. */
  readonly orphanMs: number
  /** A connection that stood so long has recovered; one that fell before falls in a row. */
  readonly steadyMs: number
  /** The wait before the second reload in a row; doubles with each further one, to `backOffMaxMs`. */
  readonly backOffMs: number
  readonly backOffMaxMs: number
  /** One fall in a row more than this, and another page is opened in its place. */
  readonly fallsInARow: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  handshakeMs: 60_000,
  reloadMs: 20_000,
  pingMs: 2_000,
  reconnectMs: 8_000,
  drainMs: 60_000,
  orphanMs: 15_000,
  steadyMs: 30_000,
  backOffMs: 250,
  backOffMaxMs: 10_000,
  fallsInARow: 4,
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
  /** What it has to recover from now. */
  readonly fall: Fall | undefined
  /** What this incarnation itself is the mending by, where it is one. */
  readonly mendedBy: 'page' | 'browser'
  /** Which fall in a row that is, from 1; 0 before the first. */
  readonly falls: number
  readonly readyAt: number | undefined
  /** The last recoveries, newest last. */
  readonly recoveries: readonly Recovery[]
}

interface At {
  readonly at: number
}

/** What the session says. */
export type SessionEvent =
  /** Its predecessor fell, and this one is here to mend that: as another page, or in another browser. */
  | ({ readonly type: 'succeeds'; readonly fall: Fall; readonly rung: 'page' | 'browser' } & At)
  /** The driver has opened the page. */
  | ({ readonly type: 'opened' } & At)
  /** The page dialled back and was let in; `resumed`: it is the same one, not loaded again. */
  | ({ readonly type: 'arrived'; readonly resumed: boolean } & At)
  /** Its socket is gone, and everything in flight with it. */
  | ({ readonly type: 'socketLost'; readonly reason: string } & At)
  /** The link has not beaten for too long. */
  | ({ readonly type: 'silent'; readonly forMs: number } & At)
  /** The link speaks again. */
  | ({ readonly type: 'heard' } & At)
  /** The socket answers, whatever the page does. */
  | ({ readonly type: 'pong' } & At)
  /** The page's main thread no longer answers its own worker. */
  | ({ readonly type: 'mainHung'; readonly forMs: number } & At)
  /** The page is gone: crashed, or closed by somebody. */
  | ({ readonly type: 'pageEnded'; readonly reason: string } & At)
  /** The browser is gone, and the page with it. */
  | ({ readonly type: 'browserGone'; readonly reason: string } & At)
  | ({ readonly type: 'reloadFailed'; readonly reason: string } & At)
  /** Nothing is in flight any more, or the limit has passed. */
  | ({ readonly type: 'drained' } & At)

/** What others may ask. Who gives it work must have stopped doing so. */
export type ConnectionCommand =
  /** Finish what is in flight, then end normally. */
  | { readonly type: 'drain' }
  /** Finish what is in flight, then load the page again: its workers and their memory go. */
  | { readonly type: 'recycle' }

export type ConnectionEvent = SessionEvent | ConnectionCommand

type Said<T extends SessionEvent['type']> = Extract<SessionEvent, { readonly type: T }>

const keptRecoveries = 16

/** What was noticed, in words for people. */
const detailOf = (event: SessionEvent): string => {
  if (event.type === 'silent') return `no beat for ${Math.round(event.forMs)} ms`
  if (event.type === 'mainHung') return `main thread hung for ${Math.round(event.forMs)} ms`
  return 'reason' in event ? event.reason : ''
}

const faultOf = {
  silent: 'linkSilent',
  mainHung: 'mainHung',
  socketLost: 'socketLost',
  pageEnded: 'pageEnded',
  browserGone: 'browserGone',
  drained: 'recycled',
} as const

type FallEvent = Said<keyof typeof faultOf>

/** A fall while another is being mended is part of that one. */
const fell = (context: ConnectionContext, event: FallEvent): Partial<ConnectionContext> => {
  const trouble = event.type === 'drained' ? context.trouble : detailOf(event)
  if (context.fall !== undefined) return { trouble }
  const noticedMs = 'forMs' in event ? event.forMs : 0
  const fall: Fall = { why: faultOf[event.type], detail: detailOf(event), at: event.at, noticedMs }
  const falls =
    event.type === 'drained'
      ? context.falls
      : fallsInARow(context.falls, context.readyAt, event.at, context.limits)
  return { trouble, fall, falls }
}

/** Ready at `at`; by which rung, where it had fallen. */
const stands = (context: ConnectionContext, at: number, rung: Rung): Partial<ConnectionContext> => {
  const { id, fall, recoveries } = context
  if (fall === undefined) return { readyAt: at }
  const recovery = recoveryOf(id, fall, rung, at)
  return { readyAt: at, fall: undefined, recoveries: [...recoveries, recovery].slice(-keptRecoveries) }
}

interface Arrival {
  readonly context: ConnectionContext
  readonly event: Said<'arrived'>
}

const asAnotherPage = ({ context, event }: Arrival) => ({ at: event.at, rung: context.mendedBy })
const byItself = ({ event }: Arrival) => ({ at: event.at, rung: 'reconnect' as const })
/** A socket that was gone before anybody noticed. */
const unnoticed = ({ event }: Arrival) =>
  ({ type: 'socketLost', reason: dialledAgain, at: event.at }) as const

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
    /** The limits on the page and its link: nobody is given up for what the host itself did not hear in time. */
    patience: patience(() => performance.now()),
  },
  guards: {
    fallsTooOften: ({ context, event }) => {
      if (!('at' in event)) return false
      const { falls, readyAt, limits } = context
      return fallsInARow(falls, readyAt, event.at, limits) > limits.fallsInARow
    },
    /** Dialling again mends a socket, and a beat a link: neither mends a main thread. */
    mainHangsStill: ({ context, event }) =>
      context.fall?.why === 'mainHung' && !(event.type === 'arrived' && !event.resumed),
    needsNoWait: ({ context }) => backOffMs(context.falls, context.limits) === 0,
  },
  actions: {
    /** It may be given work. Said of one that is given work already, it changes nothing. */
    standUp: () => {},
    ping: () => {},
    cutSocket: () => {},
    reloadPage: () => {},
    drainPage: () => {},
    /** A page that does not open, or not again, may be its browser's fault: the browser counts. */
    blameBrowser: () => {},
    /** Tells of the last recovery, if it has not been told. */
    report: () => {},
    /** Hands a fall that is not mended yet on to the next incarnation. */
    carry: () => {},
    escalate: ({ context }) => {
      throw new ConnectionFailed({ connection: context.id, reason: context.trouble ?? '' })
    },
    fall: assign(({ context }, event: FallEvent) => fell(context, event)),
    stand: assign(({ context }, { at, rung }: { readonly at: number; readonly rung: Rung }) =>
      stands(context, at, rung),
    ),
    countReconnect: assign({ reconnects: ({ context }) => context.reconnects + 1 }),
    /** What last went wrong. */
    blame: assign((_, { trouble }: { readonly trouble: string }) => ({ trouble })),
  },
  delays: {
    drain: ({ context }) => context.limits.drainMs,
    orphan: ({ context }) => context.limits.orphanMs,
    backOff: ({ context }) => backOffMs(context.falls, context.limits),
  },
}).createMachine({
  id: 'connection',
  context: ({ input }) => ({
    ...input,
    pings: 0,
    reconnects: 0,
    reloads: 0,
    trouble: undefined,
    fall: undefined,
    mendedBy: 'page',
    falls: 0,
    readyAt: undefined,
    recoveries: [],
  }),
  invoke: {
    src: 'session',
    onError: {
      target: '.failed',
      actions: [assign({ trouble: ({ event }) => String(event.error) }), 'blameBrowser'],
    },
  },
  initial: 'opening',
  on: {
    pageEnded: { target: '.failed', actions: { type: 'fall', params: ({ event }) => event } },
    browserGone: { target: '.orphaned', actions: { type: 'fall', params: ({ event }) => event } },
    drain: '.draining',
  },
  states: {
    opening: {
      on: {
        succeeds: {
          actions: assign({ fall: ({ event }) => event.fall, mendedBy: ({ event }) => event.rung }),
        },
        opened: 'handshaking',
        arrived: { target: 'ready', actions: [{ type: 'stand', params: asAnotherPage }, 'report'] },
      },
    },
    handshaking: {
      invoke: {
        src: 'patience',
        input: ({ context }) => ({ limitMs: context.limits.handshakeMs }),
        onDone: {
          target: 'failed',
          actions: [
            { type: 'blame', params: { trouble: 'the page did not dial back in time' } },
            'blameBrowser',
          ],
        },
      },
      on: { arrived: { target: 'ready', actions: [{ type: 'stand', params: asAnotherPage }, 'report'] } },
    },
    ready: {
      entry: 'standUp',
      on: {
        silent: [
          {
            guard: 'fallsTooOften',
            target: 'failed',
            actions: [{ type: 'fall', params: ({ event }) => event }, 'blameBrowser'],
          },
          { target: 'unresponsive', actions: { type: 'fall', params: ({ event }) => event } },
        ],
        mainHung: [
          {
            guard: 'fallsTooOften',
            target: 'failed',
            actions: [{ type: 'fall', params: ({ event }) => event }, 'blameBrowser'],
          },
          { target: 'waiting', actions: { type: 'fall', params: ({ event }) => event } },
        ],
        socketLost: [
          {
            guard: 'fallsTooOften',
            target: 'failed',
            actions: [{ type: 'fall', params: ({ event }) => event }, 'blameBrowser'],
          },
          { target: 'reconnecting', actions: { type: 'fall', params: ({ event }) => event } },
        ],
        // It dialled again before the host had noticed that its socket was gone.
        arrived: [
          {
            guard: 'fallsTooOften',
            target: 'failed',
            actions: [{ type: 'fall', params: unnoticed }, 'blameBrowser'],
          },
          {
            actions: [
              { type: 'fall', params: unnoticed },
              { type: 'stand', params: byItself },
              'countReconnect',
              'report',
              'standUp',
            ],
          },
        ],
        recycle: 'recycling',
      },
    },
    unresponsive: {
      entry: ['ping', assign({ pings: ({ context }) => context.pings + 1 })],
      invoke: {
        src: 'patience',
        input: ({ context }) => ({ limitMs: context.limits.pingMs }),
        onDone: { target: 'reconnecting', actions: 'cutSocket' },
      },
      on: {
        heard: {
          target: 'ready',
          actions: [{ type: 'stand', params: ({ event }) => ({ at: event.at, rung: 'ping' }) }, 'report'],
        },
        // The page noticed by itself that nobody hears it.
        arrived: {
          target: 'ready',
          actions: [{ type: 'stand', params: byItself }, 'countReconnect', 'report'],
        },
        // The socket lives and its owner does not: dialling again would ask the same worker.
        pong: 'waiting',
        mainHung: 'waiting',
        socketLost: { target: 'reconnecting', actions: { type: 'fall', params: ({ event }) => event } },
        // Who drained it waits for another page, and would not give work to this one if it were heard again.
        recycle: 'reloading',
      },
    },
    reconnecting: {
      invoke: {
        src: 'patience',
        input: ({ context }) => ({ limitMs: context.limits.reconnectMs }),
        onDone: 'waiting',
      },
      on: {
        arrived: {
          target: 'ready',
          actions: [{ type: 'stand', params: byItself }, 'countReconnect', 'report'],
        },
        recycle: 'returning',
      },
    },
    /** Before a reload: at once for the first fall in a row, longer for each further one. */
    waiting: {
      always: { guard: 'needsNoWait', target: 'reloading' },
      on: {
        arrived: {
          guard: not('mainHangsStill'),
          target: 'ready',
          actions: [{ type: 'stand', params: byItself }, 'countReconnect', 'report'],
        },
        // Its socket had answered for a link worker that did not: that one is back.
        heard: {
          guard: not('mainHangsStill'),
          target: 'ready',
          actions: [{ type: 'stand', params: ({ event }) => ({ at: event.at, rung: 'ping' }) }, 'report'],
        },
        recycle: 'reloading',
      },
      after: { backOff: 'reloading' },
    },
    reloading: {
      entry: ['reloadPage', assign({ reloads: ({ context }) => context.reloads + 1 })],
      invoke: {
        src: 'patience',
        input: ({ context }) => ({ limitMs: context.limits.reloadMs }),
        onDone: {
          target: 'failed',
          actions: [
            { type: 'blame', params: { trouble: 'the page did not dial back after its reload' } },
            'blameBrowser',
          ],
        },
      },
      on: {
        arrived: {
          target: 'ready',
          actions: [{ type: 'stand', params: ({ event }) => ({ at: event.at, rung: 'reload' }) }, 'report'],
        },
        reloadFailed: {
          target: 'failed',
          actions: [{ type: 'blame', params: ({ event }) => ({ trouble: event.reason }) }, 'blameBrowser'],
        },
      },
    },
    draining: {
      entry: 'drainPage',
      on: { drained: 'closed', socketLost: 'closed', pageEnded: 'closed', browserGone: 'closed' },
      after: { drain: 'closed' },
    },
    /** What is in flight is finished; then the page is loaded again, and its workers' memory comes back. */
    recycling: {
      entry: 'drainPage',
      on: {
        drained: { target: 'reloading', actions: { type: 'fall', params: ({ event }) => event } },
        socketLost: { target: 'returning', actions: { type: 'fall', params: ({ event }) => event } },
        // It is to be loaded again in any case, and whoever gave it work waits for that.
        mainHung: { target: 'reloading', actions: { type: 'fall', params: ({ event }) => event } },
        silent: { target: 'reloading', actions: { type: 'fall', params: ({ event }) => event } },
      },
    },
    /** Recycled, and its socket is gone with all that was in flight. Its page is loaded again once it is known to live. */
    returning: {
      invoke: {
        src: 'patience',
        input: ({ context }) => ({ limitMs: context.limits.reconnectMs }),
        onDone: 'reloading',
      },
      on: { arrived: 'reloading' },
    },
    /** Its browser is being started again by its own supervisor, which stops this connection first. */
    orphaned: {
      entry: 'carry',
      on: { drain: 'closed', pageEnded: undefined },
      after: { orphan: 'failed' },
    },
    failed: { entry: ['carry', 'escalate'] },
    closed: { type: 'final' },
  },
})
