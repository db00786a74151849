// The ladder by which a fallen connection is helped up: its rungs, what a fall and a recovery are, and the decisions
// about how long to wait and when to stop. Pure: the machines climb, and the clock's time comes in with their events.

/**
 * What mended a fall, least first. `lane`: a worker was terminated and another opened. `ping`: asking was enough.
 * `reconnect`: the page dialled again. `reload`: the page was loaded again. `page`: another page was opened in the same
 * browser. `browser`: its browser was started again. `replacement`: another browser took its place.
 */
export type Rung = 'lane' | 'ping' | 'reconnect' | 'reload' | 'page' | 'browser' | 'replacement'

/** What was noticed first. */
export type Fault =
  | 'laneLost'
  | 'socketLost'
  | 'linkSilent'
  | 'mainHung'
  | 'pageEnded'
  | 'browserGone'
  /** Nothing was wrong: it had been used long enough. */
  | 'recycled'

/** How a page's end is put where no error says it: its socket was given up, or it came back on another one. */
export const fellSilent = 'its link fell silent'
export const dialledAgain = 'its page dialled again'

export interface Fall {
  readonly why: Fault
  readonly detail: string
  /** When it was noticed, on the host's monotonic clock. */
  readonly at: number
  /** How long the trouble had lasted by then: a silence; 0 where it is noticed as it happens. */
  readonly noticedMs: number
}

/** A fall that was mended, and by which step. */
export interface Recovery {
  /** The connection, browser or lane that fell. */
  readonly subject: string
  readonly rung: Rung
  readonly why: Fault
  readonly detail: string
  readonly noticedMs: number
  /** From noticing it until the subject was ready for work again. */
  readonly readyMs: number
}

export const recoveryOf = (subject: string, fall: Fall, rung: Rung, at: number): Recovery => ({
  subject,
  rung,
  why: fall.why,
  detail: fall.detail,
  noticedMs: fall.noticedMs,
  readyMs: Math.max(0, at - fall.at),
})

export interface SteadyLimits {
  /** A connection that stood so long has recovered; one that fell before falls in a row. */
  readonly steadyMs: number
  /** The wait before the second reload in a row; doubles with each further one. */
  readonly backOffMs: number
  readonly backOffMaxMs: number
  /** After so many falls in a row no more rungs of its own are tried: another page is opened. */
  readonly fallsInARow: number
}

/** Which fall in a row this one is, from 1. `readyAt`: when it last became ready. */
export const fallsInARow = (
  before: number,
  readyAt: number | undefined,
  at: number,
  { steadyMs }: SteadyLimits,
): number => (readyAt !== undefined && at - readyAt < steadyMs ? before + 1 : 1)

/** How long to wait before a reload, by which fall in a row it is to mend: the first waits for nothing. */
export const backOffMs = (fall: number, { backOffMs, backOffMaxMs }: SteadyLimits): number =>
  fall <= 1 ? 0 : Math.min(backOffMaxMs, backOffMs * 2 ** (fall - 2))
