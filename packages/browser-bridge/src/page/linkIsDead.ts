// Whether main gives its link worker up: a pure decision, taken at every look. Not the restart: LinkThread.ts.

/** How often main looks, and asks. */
export const lookMs = 1_000
/** A worker that never spoke may still be loading its script, or trying what this browser can do. */
const firstWordMs = 30_000
const silentMs = 10_000

export interface LinkSigns {
  readonly startedAt: number
  /** Undefined before its first word. */
  readonly heardAt: number | undefined
  /** The look before this one: a pause of main itself is forgiven. */
  readonly lookedAt: number
}

export function linkIsDead(now: number, { startedAt, heardAt, lookedAt }: LinkSigns): boolean {
  if (now - lookedAt > 3 * lookMs) return false
  return heardAt === undefined ? now - startedAt > firstWordMs : now - heardAt > silentMs
}
