// The numbers that pages give their answers, set against what callers were given. A worker counts its answers from 1
// without gaps, so a number that came to nobody is an answer that was lost on its way, or made for a request that had
// ended or was run again. The pages count; the pool only carries the number.

import type { LastAnswers } from './lastQuestions.ts'
import type { PageCounts } from './report.ts'
import type { StressRequest } from './StressRecord.ts'

export interface CountedAgainst {
  /** Requests that the pool ran again. */
  readonly rerun: number
  /** What every living lane answered when the load was over. */
  readonly last: LastAnswers
}

export function pageCounts(requests: readonly StressRequest[], { rerun, last }: CountedAgainst): PageCounts {
  const given = new Map<string, number>()
  const made = new Map<string, number>()
  const failed = requests.filter(({ outcome }) => outcome._tag === 'failed').length
  const placements = requests.flatMap(({ outcome }) => (outcome._tag === 'answered' ? outcome.placement : []))
  for (const placement of [...placements, ...last.answers]) {
    if (placement.answer === undefined) continue
    const { worker, number } = placement.answer
    const name = `${worker} ${number}`
    given.set(name, (given.get(name) ?? 0) + 1)
    made.set(worker, Math.max(made.get(worker) ?? 0, number))
  }
  const sum = [...made.values()].reduce((before, count) => before + count, 0)
  const asked = new Set(last.answers.flatMap(({ answer }) => answer?.worker ?? []))
  return {
    made: sum,
    delivered: given.size,
    undelivered: sum - given.size,
    excused: rerun + failed + last.failed,
    doubled: [...given.values()].filter(count => count > 1).length,
    asked: asked.size,
    silent: last.silent,
    gone: made.size - asked.size,
  }
}
