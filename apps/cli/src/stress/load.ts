// The load itself: requests to models in turn, closed (so many at a time) or open (at given moments, whether or not
// earlier ones were answered). It asks and writes down; what the requests meet on the way is the faults' business.

import { setTimeout as delay } from 'node:timers/promises'
import { Overloaded } from '@shoal/pool'
import { type LoadedModel, requestTo } from '../proof/ask.ts'
import type { Judge } from '../proof/Judge.ts'
import { rest } from '../rest.ts'
import { Pace } from './Pace.ts'
import type { StressRecord } from './StressRecord.ts'
import { tagOf } from './tagOf.ts'

export type Shape =
  | { readonly _tag: 'closed'; readonly concurrency: number; readonly durationMs: number }
  /** Milliseconds from the start, in order. */
  | { readonly _tag: 'open'; readonly arrivals: readonly number[] }

export interface LoadOptions {
  readonly models: readonly LoadedModel[]
  readonly record: StressRecord
  readonly judge: Judge
  readonly shape: Shape
  readonly deadlineMs: number
  /** A request that has not ended so long after its deadline is waited for no more. Default 30 000. */
  readonly lostAfterMs?: number
  readonly signal: AbortSignal
}

const patienceMs = 30_000

/** Resolves when the last request has ended, or is lost. */
export async function runLoad(options: LoadOptions): Promise<void> {
  const { shape, signal } = options
  const start = performance.now()
  const elapsed = () => performance.now() - start
  let next = 0
  const ask = (at: number) => oneRequest(options, next++, at, elapsed)
  if (shape._tag === 'closed') {
    const stream = async () => {
      while (!signal.aborted && elapsed() < shape.durationMs) await ask(elapsed())
    }
    await Promise.all(Array.from({ length: shape.concurrency }, stream))
    return
  }
  const asked: Promise<void>[] = []
  const pace = new Pace()
  for (const at of shape.arrivals) {
    await pace.until(at - elapsed(), signal)
    if (signal.aborted) break
    asked.push(ask(at))
  }
  await Promise.all(asked)
}

async function oneRequest(
  { models, record, judge, deadlineMs, lostAfterMs = patienceMs, signal }: LoadOptions,
  number: number,
  at: number,
  elapsed: () => number,
): Promise<void> {
  const ended = new AbortController()
  const { proof, input, ask } = requestTo(models, number, { deadlineMs, signal })
  const request = record.open(proof.name, at)
  try {
    const answer = await Promise.race([
      ask(),
      delay(deadlineMs + lostAfterMs, undefined, { signal: ended.signal }),
    ])
    // It stays open in the record, which calls it lost.
    if (answer === undefined) return
    const latencyMs = elapsed() - at
    const { matches, reason } = await judge.verdict(proof, input, answer)
    const wrong = matches ? undefined : (reason ?? 'it differs from the reference')
    request.outcome = { _tag: 'answered', latencyMs, placement: answer.placement, wrong }
  } catch (error) {
    request.outcome =
      error instanceof Overloaded
        ? { _tag: 'refused', error: error.message }
        : { _tag: 'failed', error: tagOf(error), latencyMs: elapsed() - at, deadlineMs }
    // A closed load must not ask again at once what was refused for want of room.
    if (error instanceof Overloaded) await rest(error.retryAfterMs, signal)
  } finally {
    ended.abort()
  }
}
