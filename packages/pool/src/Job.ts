// One run on a lane, for one request or for several that go together: what is sent, and what each of them is
// answered. It holds no place in any queue, and does not decide what happens when it fails.

import type { Lane, LaneStream, RunResult } from '@shoal/browser-bridge'
import { type Answer, placementOf, timingOf } from './Answer.ts'
import type { Entry } from './admission/Entry.ts'
import type { Gathered } from './batching/gather.ts'
import type { Replica } from './Replica.ts'
import type { ReplayedStream } from './streaming/ReplayedStream.ts'
import type { Work } from './Work.ts'

export interface Job {
  readonly model: string
  readonly entries: readonly Entry<Work, Answer>[]
  readonly replica: Replica
  readonly startedAt: number
  run(lane: Lane): Promise<RunResult>
  /** Throws where a batch's answer cannot be parted. */
  answers(result: RunResult, endedAt: number): readonly (readonly [Entry<Work, Answer>, Answer])[]
}

/** How long a lane has to end a run that nobody wants any more, in milliseconds; past that it is terminated. */
interface Patience {
  /** `Infinity`: it never is. */
  readonly atLeastMs: number
  /** What such a run may take there; undefined where that is not known, and it has as long as its deadline gave it. */
  readonly usualMs: number | undefined
}

/** @param signals one for each entry: it fires when that caller no longer wants it */
export function jobOf(
  { entries, released }: Extract<Gathered<Answer>, { _tag: 'leave' }>,
  signals: readonly AbortSignal[],
  replica: Replica,
  reason: string,
  startedAt: number,
  { atLeastMs, usualMs }: Patience,
): Job {
  const works = entries.map(({ input }) => input)
  const batcher = entries.length > 1 ? replica.batching?.batcher : undefined
  const [first] = works
  if (first === undefined) throw new RangeError('jobOf: no entries')
  const placement = placementOf(replica, reason)
  return {
    model: replica.model,
    entries,
    replica,
    startedAt,
    run: lane => {
      const { request, options } = batcher === undefined ? first : batcher.join(works)
      // The ledger ends each at its own deadline.
      const deadlineMs = Math.max(...entries.map(({ deadlineAt }) => deadlineAt)) - startedAt
      const terminateAfterMs = Math.max(atLeastMs, usualMs ?? deadlineMs)
      const runOptions = {
        ...options,
        deadlineMs,
        signal: allOf(signals),
        ...(Number.isFinite(terminateAfterMs) ? { terminateAfterMs } : {}),
      }
      const { stream } = first
      return stream === undefined
        ? lane.run(replica.modelKey, request, runOptions)
        : passOn(lane.stream(replica.modelKey, request, runOptions), stream)
    },
    answers: (result, endedAt) => {
      const parts = batcher === undefined ? [result] : batcher.part(result, works)
      return entries.flatMap((entry, at) => {
        const part = parts[at]
        if (part === undefined) return []
        const answer: Answer = {
          result: part,
          timing: timingOf(entry, part, startedAt, endedAt),
          placement: {
            ...placement,
            ...(part.made === undefined ? {} : { answer: part.made }),
            ...(released === undefined ? {} : { batch: { size: entries.length, index: at, released } }),
          },
        }
        return [[entry, answer] as const]
      })
    },
  }
}

/** Gives one attempt's parts to the stream of its request. */
async function passOn(attempt: LaneStream, stream: ReplayedStream): Promise<RunResult> {
  const take = stream.attempt()
  for await (const part of attempt) await take(part)
  return await attempt.result
}

/** Fires when all of them have: a run is worth its while as long as anyone wants it. */
function allOf(signals: readonly AbortSignal[]): AbortSignal {
  const [only, ...others] = signals
  if (only !== undefined && others.length === 0) return only
  const all = new AbortController()
  let wanted = signals.length
  for (const signal of signals)
    signal.addEventListener(
      'abort',
      () => {
        wanted--
        if (wanted === 0) all.abort(signal.reason)
      },
      { once: true },
    )
  return all.signal
}
