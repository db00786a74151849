// The demo's judgement: every answer of the caller's record with its verdict.

import { lineOf } from '../failure.ts'
import { Judge } from '../proof/Judge.ts'
import type { ProofModel } from '../proof/models.ts'
import type { Reference } from '../proof/Reference.ts'
import type { CallerRecord } from './CallerRecord.ts'
import type { Judged } from './report.ts'

export function judge(
  record: CallerRecord,
  demos: readonly ProofModel[],
  reference: Reference,
): Promise<Judged[]> {
  const byName = new Map(demos.map(demo => [demo.name, demo]))
  const judge = new Judge(reference)
  return Promise.all(
    record.all().map(async (request): Promise<Judged> => {
      const demo = byName.get(request.model)
      const { outcome } = request
      const verdict =
        demo && outcome._tag === 'answered'
          ? await judge.verdict(demo, request.input, outcome.answer)
          : undefined
      return { request, type: demo?.type ?? '', verdict }
    }),
  )
}

/** Why requests failed, each reason once. */
export function failures(record: CallerRecord): string[] {
  const reasons = record
    .all()
    .flatMap(({ outcome }) => (outcome._tag === 'failed' ? lineOf(outcome.error) : []))
  return [...new Set(reasons)]
}
