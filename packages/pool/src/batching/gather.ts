// Which of a model's waiting requests go to a lane together. Pure. Buckets are looked at in the order of their oldest;
// a request that was in a run that failed goes by itself, so that it is known whose fault the next failure is.

import type { Entry } from '../admission/Entry.ts'
import type { Work } from '../Work.ts'
import type { ReleaseReason, ResolvedBatching } from './Batching.ts'
import { release } from './release.ts'

export type WaitingEntry<A> = Entry<Work, A>

export type Gathered<A> =
  | {
      readonly _tag: 'leave'
      readonly entries: readonly WaitingEntry<A>[]
      /** Absent where the model is not batched. */
      readonly released?: ReleaseReason
    }
  /** Every bucket waits for others; the first for so long. */
  | { readonly _tag: 'wait'; readonly ms: number }

/** How many of the oldest are looked at: what is behind them does not leave before them anyway. */
const furthest = 256

/** @param waiting in order, at least one */
export function gather<A>(
  waiting: readonly WaitingEntry<A>[],
  policy: ResolvedBatching | undefined,
  now: number,
): Gathered<A> {
  const [head] = waiting
  if (head === undefined) return { _tag: 'wait', ms: Number.POSITIVE_INFINITY }
  if (policy === undefined) return { _tag: 'leave', entries: [head] }
  let ms = Number.POSITIVE_INFINITY
  for (const entries of buckets(waiting.slice(0, furthest))) {
    const [first] = entries
    if (first?.input.fit === undefined || first.interruptions.length > 0)
      return { _tag: 'leave', entries, released: 'alone' }
    const released = release(
      entries.map(({ input, acceptedAt, deadlineAt }) => ({
        rows: input.fit?.rows ?? 1,
        tokens: input.fit?.tokens ?? 1,
        ageMs: now - acceptedAt,
        leftMs: deadlineAt - now,
      })),
      policy,
    )
    if (released._tag === 'leave')
      return { _tag: 'leave', entries: entries.slice(0, released.count), released: released.reason }
    ms = Math.min(ms, released.ms)
  }
  return { _tag: 'wait', ms }
}

/** In the order of the oldest of each; one that goes alone is a bucket of its own. */
function buckets<A>(waiting: readonly WaitingEntry<A>[]): Iterable<readonly WaitingEntry<A>[]> {
  const byName = new Map<string, WaitingEntry<A>[]>()
  for (const entry of waiting) {
    const { fit } = entry.input
    const name =
      fit === undefined || entry.interruptions.length > 0 ? `alone ${entry.id}` : `fit ${fit.bucket}`
    const known = byName.get(name)
    if (known) known.push(entry)
    else byName.set(name, [entry])
  }
  return byName.values()
}
