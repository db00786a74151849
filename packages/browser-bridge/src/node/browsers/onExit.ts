// Who hears of a browser's end while it lives: its pages and their connections, which come and go. What is put on the
// promise itself stays there until the browser ends, with all that it holds.
import type { ExitDetail } from './Browser.ts'

type Listen = (exit: ExitDetail) => void

interface Hearing {
  readonly listeners: Set<Listen>
  exit: ExitDetail | undefined
}

/** By `Browser.exited`. */
const hearings = new WeakMap<Promise<ExitDetail>, Hearing>()

const hearingOf = (exited: Promise<ExitDetail>): Hearing => {
  const known = hearings.get(exited)
  if (known !== undefined) return known
  const hearing: Hearing = { listeners: new Set(), exit: undefined }
  hearings.set(exited, hearing)
  void exited.then(exit => {
    hearing.exit = exit
    for (const listen of [...hearing.listeners]) listen(exit)
  })
  return hearing
}

/** Calls `listen` when the browser ends, or in a turn of its own where it has. Gives back how to leave: then it is let go. */
export const onExit = (exited: Promise<ExitDetail>, listen: Listen): (() => void) => {
  const { listeners, exit } = hearingOf(exited)
  // A listener of its own for each call: whoever listens twice leaves once for each.
  const hear: Listen = heard => {
    if (listeners.delete(hear)) listen(heard)
  }
  listeners.add(hear)
  if (exit !== undefined) queueMicrotask(() => hear(exit))
  return () => void listeners.delete(hear)
}
