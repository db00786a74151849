// When a batch leaves, and with whom, as a pure function of what waits in one bucket while a lane is free. It takes
// the oldest first and passes none over: order within a bucket holds.

import type { ReleaseReason, ResolvedBatching } from './Batching.ts'

/** A request that waits in the bucket. Times are milliseconds. */
export interface Waiting {
  readonly rows: number
  /** Of one row, as wide as it is. */
  readonly tokens: number
  readonly ageMs: number
  /** Until its deadline. */
  readonly leftMs: number
}

export type Release =
  /** The first `count` leave together. */
  | { readonly _tag: 'leave'; readonly count: number; readonly reason: ReleaseReason }
  /** Look again after so long, or when something has come. */
  | { readonly _tag: 'wait'; readonly ms: number }

/** @param waiting at least one, the oldest first */
export function release(
  waiting: readonly Waiting[],
  { maxSize, maxDelayMs, maxTokens }: ResolvedBatching,
): Release {
  let count = 0
  let rows = 0
  let widest = 0
  for (const { rows: more, tokens } of waiting) {
    // One that is too large by itself goes by itself.
    if (count > 0 && rows + more > maxSize) return { _tag: 'leave', count, reason: 'size' }
    const wider = Math.max(widest, tokens)
    if (count > 0 && (rows + more) * wider > maxTokens) return { _tag: 'leave', count, reason: 'tokens' }
    count++
    rows += more
    widest = wider
    if (rows >= maxSize) return { _tag: 'leave', count, reason: 'size' }
    if (rows * widest >= maxTokens) return { _tag: 'leave', count, reason: 'tokens' }
  }
  if (maxDelayMs === 0) return { _tag: 'leave', count, reason: 'laneFree' }
  const ms = maxDelayMs - Math.max(...waiting.map(({ ageMs }) => ageMs))
  if (ms <= 0) return { _tag: 'leave', count, reason: 'delay' }
  // What is left after the delay must still be worth starting.
  const shortest = Math.min(...waiting.map(({ leftMs }) => leftMs))
  if (shortest <= 2 * ms) return { _tag: 'leave', count, reason: 'deadline' }
  return { _tag: 'wait', ms }
}
