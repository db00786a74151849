// A promise that a driver may never settle, waited for within a limit.
import { setTimeout as sleep } from 'node:timers/promises'

/** Rejects when the limit passes first; what comes too late then is given to `dispose`. */
export const withinLimit = async <A>(
  limitMs: number,
  work: Promise<A>,
  dispose: (late: A) => unknown = () => {},
): Promise<A> => {
  const late = new AbortController()
  const timeout = sleep(limitMs, undefined, { ref: false, signal: late.signal }).then(() => {
    void work.then(dispose).catch(() => undefined)
    throw new Error(`no answer within ${limitMs / 1000} s`)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    // The race is decided: the timer may go, and says so by a rejection that the race has already heard.
    late.abort()
  }
}
