// What a connection's machine hears: its session's reports, each with the time at which it was so, and what others ask of
// it. Not what it decides to do about them (connection.machine.ts).
import type { Fall } from './ladder.ts'

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

/** One kind of what the session says. */
export type Said<T extends SessionEvent['type']> = Extract<SessionEvent, { readonly type: T }>
