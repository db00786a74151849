// The numbers that pages give their answers, set against the caller's record: had an answer been delivered twice, or two
// requests the same one, a number would stand there twice. The pages count; the pool only carries the number.

import type { PageCounts } from './report.ts'
import type { StressRequest } from './StressRecord.ts'

export function pageCounts(requests: readonly StressRequest[]): PageCounts {
  const delivered = new Map<string, number>()
  const made = new Map<string, number>()
  for (const { outcome } of requests) {
    if (outcome._tag !== 'answered') continue
    const { answer, batch } = outcome.placement
    if (answer === undefined) continue
    const { worker, number } = answer
    // Requests that shared a run share its number.
    const name = `${worker} ${number} ${batch?.index ?? 0}`
    delivered.set(name, (delivered.get(name) ?? 0) + 1)
    // A worker counts up from 1: its latest number is how many it has made, at least.
    made.set(worker, Math.max(made.get(worker) ?? 0, number))
  }
  return {
    made: [...made.values()].reduce((sum, count) => sum + count, 0),
    delivered: delivered.size,
    doubled: [...delivered.values()].filter(count => count > 1).length,
  }
}
