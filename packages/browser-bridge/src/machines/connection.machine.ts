// The life of one connection: a page that is opened, dials back, works, and is helped up again when it falls, by the
// least step that works: ping, reconnect, reload. Its own restart (another page) is its supervisor's step, the
// browser's restart the browser's. No I/O: the session that opens, pings, cuts and reloads is provided where it is
// wired (node/connection.ts) and speaks by its events (ConnectionEvent.ts), each with the time at which it was so.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { assign, not, setup } from 'xstate'
import { ConnectionFailed } from '../errors.ts'
import {
  type ConnectionContext,
  type ConnectionLimits,
  type FallEvent,
  fell,
  stands,
} from './ConnectionContext.ts'
import type { ConnectionEvent, Said } from './ConnectionEvent.ts'
import { backOffMs, dialledAgain, fallsInARow, type Rung } from './ladder.ts'
import { patience } from './patience.ts'

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
