// The life of a device that joined: it works, rests while its browser sleeps, is away while its socket is gone, and
// leaves or is given up. Nobody can load its page again or start its browser: it comes back by itself, or not. No I/O:
// the session that hears it, drains it and sends it home is provided where it is wired (node/DeviceSession.ts).
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { assign, setup } from 'xstate'

export interface DeviceLimits {
  /** How long what is in flight may take when it rests or leaves; then that is run again elsewhere. */
  readonly drainMs: number
  /** How long a device may be away before it is given up. It may join again as itself afterwards. */
  readonly awayMs: number
}

export const defaultDeviceLimits: DeviceLimits = { drainMs: 5_000, awayMs: 10 * 60_000 }

export interface DeviceContext {
  readonly id: string
  readonly limits: DeviceLimits
  /** How often it came, came back after a pause, and rested. */
  readonly arrivals: number
  readonly rests: number
  /** Why it does not work now, or last did not. */
  readonly reason: string | undefined
}

/** What the session says. */
export type DeviceSessionEvent =
  /** Its page is here: the first time, after a reload, after a lost socket. */
  | { readonly type: 'arrived' }
  | { readonly type: 'socketLost'; readonly reason: string }
  /** The link has not beaten for too long: it sleeps without having said so. */
  | { readonly type: 'silent'; readonly forMs: number }
  /** It is about to sleep: give it nothing more. */
  | { readonly type: 'rest'; readonly reason: string }
  | { readonly type: 'wake' }
  /** Its user pressed the button, or closed the page. */
  | { readonly type: 'leave' }
  /** Nothing is in flight on it any more. */
  | { readonly type: 'drained' }

/** What others may ask: let it finish what it has, and send it home. */
export type DeviceCommand = { readonly type: 'drain' }

export type DeviceEvent = DeviceSessionEvent | DeviceCommand

export const deviceMachine = setup({
  types: {
    input: {} as { readonly id: string; readonly limits: DeviceLimits },
    context: {} as DeviceContext,
    events: {} as DeviceEvent,
  },
  actors: {
    /** Hears the device for as long as the actor lives. */
    session: fromEffect<never, never>(() =>
      Effect.die(new Error("device.machine: 'session' is not provided")),
    ),
  },
  actions: {
    /** It may be given work; where it calmed down meanwhile, it may go on. */
    standUp: () => {},
    /** It is given nothing more; says `drained` when what it has is done. */
    drain: () => {},
    /** What is in flight on it is taken away, and it is given nothing. */
    standDown: () => {},
    cutSocket: () => {},
    sendHome: () => {},
    noteReason: assign(({ event }) =>
      event.type === 'silent'
        ? { reason: `it has said nothing for ${Math.round(event.forMs)} ms` }
        : 'reason' in event
          ? { reason: event.reason }
          : {},
    ),
  },
  delays: {
    drain: ({ context }) => context.limits.drainMs,
    away: ({ context }) => context.limits.awayMs,
  },
}).createMachine({
  id: 'device',
  context: ({ input }) => ({ ...input, arrivals: 0, rests: 0, reason: undefined }),
  invoke: { src: 'session' },
  initial: 'away',
  on: {
    arrived: '.working',
    socketLost: { target: '.away', actions: 'noteReason' },
    silent: { target: '.away', actions: ['noteReason', 'cutSocket'] },
    leave: { target: '.leaving', actions: assign({ reason: 'it left' }) },
    drain: { target: '.leaving', actions: assign({ reason: 'it was sent home' }) },
  },
  states: {
    working: {
      entry: ['standUp', assign({ arrivals: ({ context }) => context.arrivals + 1 })],
      on: { rest: { target: 'calming', actions: 'noteReason' } },
    },
    /** It is about to rest; what it has may end. */
    calming: {
      entry: ['drain', assign({ rests: ({ context }) => context.rests + 1 })],
      on: { drained: 'resting', wake: 'working' },
      after: { drain: 'resting' },
    },
    resting: {
      entry: 'standDown',
      on: { wake: 'working' },
    },
    away: {
      entry: 'standDown',
      on: { leave: 'left', drain: 'left' },
      after: { away: 'gone' },
    },
    leaving: {
      entry: 'drain',
      on: {
        drained: 'left',
        socketLost: 'left',
        silent: 'left',
        // What it had went with its former socket.
        arrived: 'left',
        // Said again, it leaves no later.
        leave: undefined,
        drain: undefined,
      },
      after: { drain: 'left' },
    },
    left: { type: 'final', entry: ['standDown', 'sendHome'] },
    /** It has been away for too long. */
    gone: { type: 'final' },
  },
})
