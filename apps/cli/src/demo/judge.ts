// The demo's judgement: every answer held against the reference, and against the question that it is said to answer.

import type { RunAnswer } from '@shoal/pool'
import { lineOf } from '../failure.ts'
import type { CallerRecord } from './CallerRecord.ts'
import { digest } from './digest.ts'
import { InputIdentity } from './InputIdentity.ts'
import type { DemoModel } from './models.ts'
import type { Reference, Verdict } from './Reference.ts'
import type { Judged } from './report.ts'

export function judge(
  record: CallerRecord,
  demos: readonly DemoModel[],
  reference: Reference,
): Promise<Judged[]> {
  const byName = new Map(demos.map(demo => [demo.name, demo]))
  const identity = new InputIdentity()
  return Promise.all(
    record.all().map(async (request): Promise<Judged> => {
      const demo = byName.get(request.model)
      const { outcome } = request
      if (!demo || outcome._tag !== 'answered') return { request, type: demo?.type ?? '', verdict: undefined }
      const fault = identityFault(identity, demo, request.input, outcome.answer)
      const verdict: Verdict =
        fault === undefined
          ? await reference.judge(demo.name, outcome.answer, textOf(demo, request.input))
          : { matches: false, maxAbsDiff: Number.NaN, reason: fault }
      return { request, type: demo.type, verdict }
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

/** Text is tokenized by the reference itself, so the question is known there. */
function textOf(demo: DemoModel, input: number): string | undefined {
  const asked = demo.inputs[input]
  return demo.reference.tokenizesHere && typeof asked === 'string' ? asked : undefined
}

function identityFault(
  identity: InputIdentity,
  demo: DemoModel,
  input: number,
  { inputs, placement }: RunAnswer,
): string | undefined {
  if (demo.reference.tokenizesHere) return undefined
  if (!inputs) return 'the lane did not give back its own tensors'
  return identity.fault(
    `${demo.name} ${placement.browser} ${placement.browserVersion}`,
    input,
    digest(inputs),
  )
}
