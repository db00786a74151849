// What a connection's machine remembers: its limits, the fall that it has to recover from, and its last recoveries; and
// how falling and standing up change that. Pure. Which step is taken is decided elsewhere (connection.machine.ts).
import type { Said, SessionEvent } from './ConnectionEvent.ts'
import { type Fall, fallsInARow, type Recovery, type Rung, recoveryOf } from './ladder.ts'

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
  /** Reached only where more falls in a row are allowed than by default. */
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

export type FallEvent = Said<keyof typeof faultOf>

/** A fall while another is being mended is part of that one. */
export const fell = (context: ConnectionContext, event: FallEvent): Partial<ConnectionContext> => {
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
export const stands = (context: ConnectionContext, at: number, rung: Rung): Partial<ConnectionContext> => {
  const { id, fall, recoveries } = context
  if (fall === undefined) return { readyAt: at }
  const recovery = recoveryOf(id, fall, rung, at)
  return { readyAt: at, fall: undefined, recoveries: [...recoveries, recovery].slice(-keptRecoveries) }
}
