// The report of a load as one page that needs nothing else: figures, and charts over time with the faults marked.

import { chartOf, escapeText } from '../output/chart.ts'
import { ms } from '../output/table.ts'
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
  const rows = report.rows.map(
    row =>
      `<tr><td>${escapeText(row.model)}<td>${escapeText(row.browser)}<td>${row.backend}<td>${row.adapter}<td>${row.answered}<td>${ms(row.p50Ms)}<td>${ms(row.p95Ms)}<td>${ms(row.p99Ms)}`,
  )
  const figures: readonly (readonly [string, string | number])[] = [
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
  ]
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shoal: load</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:.5rem}dl div{border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:.5rem;padding:.4rem .7rem}dt{opacity:.7;font-size:.85em}dd{margin:0;font-size:1.3em}table{border-collapse:collapse;width:100%}td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}td:nth-child(-n+4),th:nth-child(-n+4){text-align:left}svg{width:100%;min-width:34rem;overflow:visible}.wide{overflow-x:auto}svg text{font:11px system-ui;fill:currentColor}svg .title{font-weight:600;font-size:13px}svg .end{text-anchor:end}svg polyline,svg .axis{fill:none;stroke:currentColor}svg polyline{stroke:#2a78d6;stroke-width:2}svg circle{fill:#2a78d6;opacity:.5}svg .mark{stroke:#d64545;stroke-dasharray:3 3}</style>
<h1>${report.ok ? 'Nothing lost, no answer given to two, every answer right' : escapeText(`Not ok: ${report.problems.join('; ')}`)}</h1>
<p>${escapeText(report.load)}, ${(report.durationMs / 1000).toFixed(0)} s. Seeded weights: they prove numerics and speed, never meaning; a software adapter proves correctness, never speed.${marks.length > 0 ? ' Dashed lines are faults.' : ''}</p>${report.warnings.map(warning => `<p>Warning: ${escapeText(warning)}.</p>`).join('')}
<dl>${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
<div class="wide">${chartOf(latencies, { title: 'Latency of each answer, from when it should have been asked (logarithmic)', xUnit: 's', yUnit: 'ms', form: 'dots', until, marks })}
${chartOf(connections, { title: 'Connections that were up', xUnit: 's', yUnit: '', form: 'steps', until, marks })}
${soakCharts(report, until)}</div>
<div class="wide"><table><tr><th>model<th>browser<th>back-end<th>adapter<th>answered<th>p50 ms<th>p95 ms<th>p99 ms</tr>${rows.join('')}</table></div></html>
`
}

/** Nothing where it was no soak. */
function soakCharts({ soak, restartsAt }: StressReport, until: number): string {
  if (soak === undefined) return ''
  const { host, browsers } = soak.readings
  const inMiB = (points: typeof host) => points.map(({ x, y }) => ({ x, y: y / 2 ** 20 }))
  const restarts = restartsAt.map(({ at, count }) => ({ x: at / 1000, y: count }))
  const lines = { xUnit: 's', yUnit: 'MiB', form: 'line', until } as const
  return [
    ...soakLines(soak).map(line => `<p>${escapeText(line)}</p>`),
    chartOf(inMiB(host), { ...lines, title: 'Memory that this process holds, collected' }),
    chartOf(inMiB(browsers), { ...lines, title: 'Memory of the browsers (PSS)' }),
    chartOf(restarts, {
      title: 'Restarts of pages and browsers',
      xUnit: 's',
      yUnit: '',
      form: 'steps',
      until,
    }),
  ].join('\n')
}
