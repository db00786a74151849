// What the demo found, from the caller's record and the reference's verdicts: as one document, and as a table.
// Pure: it measures nothing and prints nothing.

import { quantile } from '../output/quantile.ts'
import { ms, tableOf } from '../output/table.ts'
import { weightsNote } from '../output/weightsNote.ts'
import type { Verdict } from '../proof/Reference.ts'
import type { CallerRequest } from './CallerRecord.ts'

/** One model on one kind of lane. */
export interface DemoRow {
  readonly name: string
  readonly type: string
  /** Kind and version; `none` for requests that were never answered. */
  readonly browser: string
  readonly backend: string
  readonly adapter: 'hardware' | 'software' | 'none'
  readonly requests: number
  readonly lost: number
  /** From being accepted to the answer, in milliseconds. */
  readonly p50Ms: number
  readonly p95Ms: number
  readonly queueP50Ms: number
  readonly queueP95Ms: number
  readonly computeP50Ms: number
  readonly computeP95Ms: number
  /** Greatest difference from onnxruntime-node on the CPU. */
  readonly maxAbsDiff: number
  readonly matches: boolean
}

export interface DemoReport {
  readonly weights: 'seeded weights'
  readonly models: readonly DemoRow[]
  /** Browser processes that were started again. */
  readonly restarts: number
  /** Requests that were run again because their lane died. */
  readonly rerun: number
  /** From the SIGKILL to the first answer of the browser that replaced the killed one; null if none did. */
  readonly recoveryMs: number | null
  /** What could not be shown on this machine, and why. */
  readonly skipped: readonly string[]
  readonly ok: boolean
  /** Why it is not ok; empty where it is. */
  readonly problems: readonly string[]
}

/** A settled or lost request with the reference's verdict on its answer. */
export interface Judged {
  readonly request: CallerRequest
  readonly type: string
  readonly verdict: Verdict | undefined
}

export function reportOf(
  judged: readonly Judged[],
  facts: Pick<DemoReport, 'restarts' | 'rerun' | 'recoveryMs' | 'skipped'>,
  problems: readonly string[],
): DemoReport {
  const groups = Map.groupBy(judged, keyOf)
  const models = [...groups.values()].map(rowOf)
  const wrong = models.filter(row => !row.matches && row.lost === 0)
  const lost = models.reduce((sum, row) => sum + row.lost, 0)
  const found = [
    ...problems,
    ...wrong.map(
      row => `${row.name} on ${row.browser} ${row.backend} differs from the reference by ${row.maxAbsDiff}`,
    ),
    ...(lost > 0 ? [`${lost} requests had no answer`] : []),
    ...(models.length === 0 ? ['nothing was answered'] : []),
  ]
  return { weights: 'seeded weights', models, ...facts, ok: found.length === 0, problems: found }
}

function keyOf({ request }: Judged): string {
  if (request.outcome._tag !== 'answered') return `${request.model} none`
  const { browser, browserVersion, backend } = request.outcome.answer.placement
  return `${request.model} ${browser} ${browserVersion} ${backend}`
}

function rowOf(group: readonly Judged[]): DemoRow {
  const answers = group.flatMap(({ request }) =>
    request.outcome._tag === 'answered' ? [request.outcome.answer] : [],
  )
  const placement = answers[0]?.placement
  const verdicts = group.flatMap(({ verdict }) => verdict ?? [])
  const times = (pick: (timing: (typeof answers)[number]['timing']) => number) =>
    answers.map(a => pick(a.timing))
  const total = times(timing => timing.totalMs)
  const queue = times(timing => timing.queueMs + timing.laneQueueMs)
  const compute = times(timing => timing.computeMs)
  return {
    name: group[0]?.request.model ?? '',
    type: group[0]?.type ?? '',
    browser: placement ? `${placement.browser} ${placement.browserVersion}` : 'none',
    backend: placement?.backend ?? 'none',
    adapter: placement?.adapter ?? 'none',
    requests: group.length,
    lost: group.length - answers.length,
    p50Ms: quantile(total, 0.5),
    p95Ms: quantile(total, 0.95),
    queueP50Ms: quantile(queue, 0.5),
    queueP95Ms: quantile(queue, 0.95),
    computeP50Ms: quantile(compute, 0.5),
    computeP95Ms: quantile(compute, 0.95),
    maxAbsDiff: Math.max(0, ...verdicts.map(verdict => verdict.maxAbsDiff)),
    matches:
      answers.length > 0 && verdicts.length === answers.length && verdicts.every(verdict => verdict.matches),
  }
}

export function textOf(report: DemoReport): string {
  const head = [
    'model',
    'browser',
    'back-end',
    'adapter',
    'requests',
    'queue p50/p95 ms',
    'compute p50/p95 ms',
    'max |Δ| to CPU',
    'right',
    'lost',
  ]
  const rows = report.models.map(row => [
    row.name,
    row.browser,
    row.backend,
    row.adapter === 'none' ? '–' : row.adapter,
    row.requests,
    `${ms(row.queueP50Ms)} / ${ms(row.queueP95Ms)}`,
    `${ms(row.computeP50Ms)} / ${ms(row.computeP95Ms)}`,
    row.maxAbsDiff.toExponential(1),
    row.matches ? 'yes' : 'NO',
    row.lost,
  ])
  const lost = report.models.reduce((sum, row) => sum + row.lost, 0)
  const recovery =
    report.recoveryMs === null
      ? 'no browser was seen to answer again after a kill'
      : `answering again after ${ms(report.recoveryMs)} ms`
  return [
    tableOf(head, rows),
    `restarts ${report.restarts} · run again ${report.rerun} · ${recovery} · lost ${lost}`,
    weightsNote,
    ...report.skipped,
    report.ok ? 'ok: every answer was right and nothing was lost' : `NOT OK: ${report.problems.join('; ')}`,
  ].join('\n')
}
