// An overload, from calm to calm: what one request takes alone, what the pool can do, many times as much for a while,
// and how soon one request is as fast as before. It asks and measures; OverloadReport.ts judges.

import { Overloaded, type ResourcePool, type RunAnswer } from '@shoal/pool'
import type { Point } from '../../output/chart.ts'
import type { Progress } from '../../output/Progress.ts'
import { quantile } from '../../output/quantile.ts'
import { type Asked, requestTo } from '../../proof/ask.ts'
import type { LoadedPool } from '../../proof/LoadedPool.ts'
import { rest } from '../../rest.ts'
import { poissonArrivals } from '../arrivals.ts'
import { liveBytes } from '../liveBytes.ts'
import { Pace } from '../Pace.ts'
import { tagOf } from '../tagOf.ts'
import { type OverloadFacts, slackMs } from './OverloadReport.ts'
import { Tally } from './Tally.ts'

export interface OverloadOptions {
  /** Requests each second over what the pool can answer. */
  readonly times: number
  readonly durationMs: number
  readonly maxQueue: number
  /** In a closed load that keeps every lane busy. */
  readonly concurrency: number
  readonly deadlineMs: number
  readonly seed: number
}

/** Requests that a lane holds, the one at work included: the bridge's own default, which the pool leaves as it is. */
const depth = 2
/** Readings of memory: each stops this process for a tenth of a second, and more on a busy machine. */
const readings = 30
/** Looks at the queue while it lasts; they go on until it has recovered. */
const looksAtQueue = 40
/** After a failure, so that a pool that refuses all is not asked without end. */
const pauseMs = 100
/** Recovery is not waited for longer. */
const patienceMs = 60_000

/** What it sees of a pool that is loaded. */
export interface Overloadable extends Pick<LoadedPool, 'models' | 'judge'> {
  readonly pool: Pick<ResourcePool, 'metrics'>
}

/** Rejects with the signal's reason where that fires. */
export async function measureOverload(
  loaded: Overloadable,
  options: OverloadOptions,
  progress: Pick<Progress, 'say'>,
  signal: AbortSignal,
): Promise<{ readonly tally: Tally; readonly facts: OverloadFacts }> {
  const { models, pool } = loaded
  const asking = new Asking(loaded, options.deadlineMs, signal)
  progress.say('calm: one request at a time …')
  await asking.closed(pool.metrics().lanes.length, options.durationMs / 12)
  const calmMs = await calmOf(asking, models.length, options.durationMs / 12)
  progress.say(`capacity: ${options.concurrency} requests at a time …`)
  const capacityMs = options.durationMs / 6
  const capacity = (1000 * (await asking.closed(options.concurrency, capacityMs))) / capacityMs
  const perSecond = capacity * options.times
  progress.say(
    `${capacity.toFixed(1)} answers a second; now ${perSecond.toFixed(0)} requests a second for ${(options.durationMs / 1000).toFixed(0)} s …`,
  )
  const arrivals = poissonArrivals(perSecond, options.durationMs, options.seed)
  const tally = new Tally(arrivals.length)
  const memory: Point[] = []
  const start = performance.now()
  const elapsed = () => performance.now() - start
  const weigh = () => memory.push({ x: elapsed() / 1000, y: liveBytes() })
  weigh()
  const weighing = setInterval(weigh, options.durationMs / readings)
  const waiting: Point[] = []
  const look = () => waiting.push({ x: elapsed() / 1000, y: pool.metrics().requests.waiting })
  const looking = setInterval(look, options.durationMs / looksAtQueue)
  const open = new Set<Promise<void>>()
  const pace = new Pace()
  for (const [request, at] of arrivals.entries()) {
    await pace.until(at - elapsed(), signal)
    if (signal.aborted) break
    tally.lagged(elapsed() - at)
    const asked = asking.tallied(tally, request, elapsed()).finally(() => open.delete(asked))
    open.add(asked)
  }
  const durationMs = elapsed()
  const waitingAtEnd = pool.metrics().requests.waiting
  clearInterval(weighing)
  if (signal.aborted) clearInterval(looking)
  signal.throwIfAborted()
  progress.say('over; waiting until one request is as fast as before …')
  const recoveryMs = await recoveryOf(asking, calmMs).finally(() => clearInterval(looking))
  // What never ends is told as lost, not waited for.
  const tooLong = new AbortController()
  await Promise.race([Promise.all(open), rest(options.deadlineMs + 2 * slackMs, tooLong.signal)])
  tooLong.abort()
  signal.throwIfAborted()
  const facts: OverloadFacts = {
    models: models.map(({ proof }) => proof.name),
    calmMs,
    capacity,
    times: options.times,
    durationMs,
    maxQueue: options.maxQueue,
    held: depth * pool.metrics().lanes.length,
    waitingAtEnd,
    recoveryMs,
    memory,
    waiting,
    deadlineMs: options.deadlineMs,
  }
  return { tally, facts }
}

/** Requests to the models in turn. */
class Asking {
  readonly #loaded: Overloadable
  readonly #deadlineMs: number
  readonly signal: AbortSignal

  constructor(loaded: Overloadable, deadlineMs: number, signal: AbortSignal) {
    this.#loaded = loaded
    this.#deadlineMs = deadlineMs
    this.signal = signal
  }

  run(request: number): Promise<RunAnswer> {
    return this.#request(request).ask()
  }

  /** A closed load for a while; how many were answered. */
  async closed(concurrency: number, forMs: number): Promise<number> {
    const until = performance.now() + forMs
    let [next, answered] = [0, 0]
    const stream = async () => {
      while (!this.signal.aborted && performance.now() < until) {
        await this.run(next++).then(
          () => answered++,
          () => this.pause(),
        )
      }
    }
    await Promise.all(Array.from({ length: concurrency }, stream))
    this.signal.throwIfAborted()
    return answered
  }

  /** After a failure. */
  pause(): Promise<void> {
    return rest(pauseMs, this.signal)
  }

  /** @param atMs from the start of the overload */
  tallied(tally: Tally, number: number, atMs: number): Promise<void> {
    const askedAt = performance.now()
    const request = this.#request(number)
    tally.asked(number, atMs)
    return request.ask().then(
      answer => this.#answered(tally, number, request, answer, performance.now() - askedAt),
      (error: unknown) => {
        const tookMs = performance.now() - askedAt
        if (error instanceof Overloaded) tally.ended(number, 'refused', tookMs)
        else {
          tally.ended(number, tookMs > this.#deadlineMs + slackMs ? 'late' : 'failed', tookMs)
          tally.failedAs(tagOf(error))
        }
      },
    )
  }

  async #answered(
    tally: Tally,
    number: number,
    { proof, input }: Asked,
    answer: RunAnswer,
    tookMs: number,
  ): Promise<void> {
    tally.delivered(answer.placement.answer)
    const { matches } = await this.#loaded.judge.verdict(proof, input, answer)
    tally.ended(number, matches ? 'answered' : 'wrong', tookMs)
  }

  #request(number: number): Asked {
    const deadlineMs = this.#deadlineMs
    return requestTo(this.#loaded.models, number, { deadlineMs, signal: this.signal })
  }
}

async function calmOf(asking: Asking, models: number, forMs: number): Promise<readonly number[]> {
  const took = Array.from({ length: models }, (): number[] => [])
  const until = performance.now() + forMs
  for (let next = 0; next < 5 * models || performance.now() < until; next++) {
    const since = performance.now()
    await asking.run(next).catch(error => {
      asking.signal.throwIfAborted()
      throw error
    })
    took[next % models]?.push(performance.now() - since)
  }
  return took.map(times => quantile(times, 0.5))
}

/** Milliseconds until one request took at most twice as long as in the calm before; undefined where none did. */
async function recoveryOf(asking: Asking, calmMs: readonly number[]): Promise<number | undefined> {
  const start = performance.now()
  for (let next = 0; performance.now() - start < patienceMs && !asking.signal.aborted; next++) {
    const since = performance.now()
    const answered = await asking.run(next).then(
      () => true,
      () => false,
    )
    const now = performance.now()
    if (answered && now - since <= 2 * (calmMs[next % calmMs.length] ?? 0)) return now - start
    if (!answered) await asking.pause()
  }
  return undefined
}
