// The demo's judgement: every answer of the caller's record with its verdict.

import { lineOf } from '../failure.ts'
import type { LoadedPool } from '../proof/LoadedPool.ts'
import type { CallerRecord } from './CallerRecord.ts'
import type { Judged } from './report.ts'

export function judge(
  record: CallerRecord,
  { models, judge }: Pick<LoadedPool, 'models' | 'judge'>,
): Promise<Judged[]> {
  const byName = new Map(models.map(({ proof }) => [proof.name, proof]))
  return Promise.all(
    record.all().map(async (request): Promise<Judged> => {
      const proof = byName.get(request.model)
      const { outcome } = request
      const verdict =
        proof && outcome._tag === 'answered'
          ? await judge.verdict(proof, request.input, outcome.answer)
          : undefined
      return { request, type: proof?.type ?? '', verdict }
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
