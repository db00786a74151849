// The demo's workload: all models at once, in rounds of `executeConcurrent`, for a while. A closed loop: as many
// requests are open as keep every lane busy with one more waiting.

import type { ConcurrentEntry, ResourcePool, RunAnswer } from '@shoal/pool'
import { type LoadedModel, requestOf } from '../proof/ask.ts'
import type { CallerRecord, CallerRequest } from './CallerRecord.ts'

export interface WorkloadOptions {
  readonly pool: ResourcePool
  readonly models: readonly LoadedModel[]
  readonly record: CallerRecord
  readonly durationMs: number
  /** Whether to go on for a while after the duration: something is still awaited. */
  readonly awaiting: () => boolean
  readonly signal: AbortSignal
  readonly onAnswer: (answer: RunAnswer) => void
}

/** Rounds that run side by side; each round is one request to each model. */
const streams = 4

/** How much longer it goes on at most while something is awaited, in milliseconds. */
const patienceMs = 60_000

export async function runWorkload(options: WorkloadOptions): Promise<void> {
  const until = performance.now() + options.durationMs
  const goesOn = () => {
    const now = performance.now()
    return now < until || (options.awaiting() && now < until + patienceMs)
  }
  let next = 0
  const stream = async () => {
    while (!options.signal.aborted && goesOn()) await round(options, next++)
  }
  await Promise.all(Array.from({ length: streams }, stream))
}

async function round(
  { pool, models, record, signal, onAnswer }: WorkloadOptions,
  number: number,
): Promise<void> {
  const asked: CallerRequest[] = []
  const entries = models.map(({ proof, model }): ConcurrentEntry => {
    const { input, value, options } = requestOf(proof, number, { signal })
    asked.push(record.open(proof.name, input))
    return [model, value, options]
  })
  const results = await pool.executeConcurrent(entries)
  for (const [index, result] of results.entries()) {
    const request = asked[index]
    if (!request) continue
    if (result.status === 'fulfilled') {
      record.end(request, { _tag: 'answered', answer: result.value })
      onAnswer(result.value)
    } else record.end(request, { _tag: 'failed', error: result.reason })
  }
}
