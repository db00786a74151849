// The report of a load as one page that needs nothing else: figures, and charts over time with the faults marked.

import { chartOf } from '../output/chart.ts'
import { pageOf, paragraphOf } from '../output/page.ts'
import { ms } from '../output/table.ts'
import { weightsNote } from '../output/weightsNote.ts'
import type { StressReport } from './report.ts'
import type { StressRequest } from './StressRecord.ts'
import { soakLines } from './text.ts'

/** Points in a chart at most. */
const mostDots = 4000

export function htmlOf(report: StressReport, requests: readonly StressRequest[]): string {
  const marks = report.struck.map(({ at, fault, where }) => ({
    x: at / 1000,
    label: `${fault} ${where}`,
  }))
  const until = report.durationMs / 1000
  const every = Math.max(1, Math.ceil(requests.length / mostDots))
  const latencies = requests.flatMap(({ at, outcome }, index) =>
    outcome._tag === 'answered' && index % every === 0 ? [{ x: at / 1000, y: outcome.latencyMs }] : [],
  )
  const connections = report.connections.map(({ at, count }) => ({ x: at / 1000, y: count }))
  return pageOf({
    title: 'Shoal: load',
    heading: report.ok
      ? 'Nothing lost, no answer given to two, every answer right'
      : `Not ok: ${report.problems.join('; ')}`,
    paragraphs: [
      `${report.load}, ${(report.durationMs / 1000).toFixed(0)} s, on ${report.browsers.join(', ')}; ${report.conditions.machine}; ${report.by}. ${weightsNote}${marks.length > 0 ? ' Dashed lines are faults.' : ''}`,
      ...report.warnings.map(warning => `Warning: ${warning}.`),
    ],
    figures: [
      ['accepted', report.accepted],
      ['answered', report.answered],
      ['failed', report.failed],
      ['lost', report.lost],
      ['doubled', report.doubled],
      ['wrong', report.wrong],
      ['faults', report.faults],
      ['restarts', report.restarts],
      ['answers/s', report.perSecond.toFixed(1)],
      ['p50 ms', ms(report.p50Ms)],
      ['p95 ms', ms(report.p95Ms)],
    ],
    charts: [
      chartOf(latencies, {
        title: 'Latency of each answer, from when it should have been asked (logarithmic)',
        xUnit: 's',
        yUnit: 'ms',
        form: 'dots',
        until,
        marks,
      }),
      chartOf(connections, {
        title: 'Connections that were up',
        xUnit: 's',
        yUnit: '',
        form: 'steps',
        until,
        marks,
      }),
      ...soakCharts(report, until),
    ],
    table: {
      head: ['model', 'browser', 'back-end', 'adapter', 'answered', 'p50 ms', 'p95 ms', 'p99 ms'],
      rows: report.rows.map(row => [
        row.model,
        row.browser,
        row.backend,
        row.adapter,
        row.answered,
        ms(row.p50Ms),
        ms(row.p95Ms),
        ms(row.p99Ms),
      ]),
    },
  })
}

/** Nothing where it was no soak. */
function soakCharts({ soak, restartsAt }: StressReport, until: number): readonly string[] {
  if (soak === undefined) return []
  const { host, browsers } = soak.readings
  const inMiB = (points: typeof host) => points.map(({ x, y }) => ({ x, y: y / 2 ** 20 }))
  const restarts = restartsAt.map(({ at, count }) => ({ x: at / 1000, y: count }))
  const lines = { xUnit: 's', yUnit: 'MiB', form: 'line', until } as const
  return [
    ...soakLines(soak).map(paragraphOf),
    chartOf(inMiB(host), { ...lines, title: 'Memory that this process holds, collected' }),
    chartOf(inMiB(browsers), { ...lines, title: 'Memory of the browsers (PSS)' }),
    chartOf(restarts, {
      title: 'Restarts of pages and browsers',
      xUnit: 's',
      yUnit: '',
      form: 'steps',
      until,
    }),
  ]
}
