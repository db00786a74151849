// The report of a load for people, on a terminal.

import { ms, tableOf } from '../output/table.ts'
import { weightsNote } from '../output/weightsNote.ts'
import type { Regression } from './compare.ts'
import { growthText } from './growth.ts'
import type { SoakReport, StressReport } from './report.ts'

export function textOf(report: StressReport): string {
  const rows = report.rows.map(row => [
    row.model,
    row.browser,
    row.backend,
    row.adapter === 'none' ? '–' : row.adapter,
    row.answered,
    ms(row.p50Ms),
    ms(row.p95Ms),
    ms(row.p99Ms),
  ])
  const failures = Object.entries(report.failures).map(([tag, count]) => `${count} × ${tag}`)
  const struck = Map.groupBy(report.struck, ({ fault }) => fault)
  const faults = [...struck].map(([fault, made]) => `${made.length} × ${fault}`)
  return [
    tableOf(['model', 'browser', 'back-end', 'adapter', 'answered', 'p50 ms', 'p95 ms', 'p99 ms'], rows),
    `${report.load}, ${(report.durationMs / 1000).toFixed(0)} s: ${report.perSecond.toFixed(1)} answers/s, p50 ${ms(report.p50Ms)} ms, p95 ${ms(report.p95Ms)} ms`,
    `accepted ${report.accepted} · answered ${report.answered} · failed ${report.failed} · refused ${report.refused} · lost ${report.lost} · doubled ${report.doubled} · wrong ${report.wrong}`,
    `on ${report.browsers.join(', ')}; ${report.conditions.machine}; ${report.by}`,
    `faults ${faults.join(', ') || 'none'} · restarts ${report.restarts} · run again ${report.rerun}`,
    ...(failures.length > 0 ? [`failed as ${failures.join(', ')}`] : []),
    ...pageLines(report.pages),
    ...(report.soak === undefined ? [] : soakLines(report.soak)),
    weightsNote,
    ...report.warnings.map(warning => `warning: ${warning}`),
    report.ok
      ? 'ok: nothing was lost, no answer came to two requests, every answer was right'
      : `NOT OK: ${report.problems.join('; ')}`,
  ].join('\n')
}

function pageLines(pages: StressReport['pages']): readonly string[] {
  const { made, delivered, undelivered, excused, doubled, asked, gone } = pages
  return [
    `the pages made ${made} answers (${asked} workers were asked at the end; of ${gone} that had gone, up to their last that came): ${delivered} came to a caller, ${undelivered} to nobody (${excused} requests ran again or failed), ${doubled} to two requests`,
    'a request is one promise and settles once: a second answer to it would be one that came to nobody',
  ]
}

export function soakLines({ host, browsers, latency: { slope, low, high } }: SoakReport): readonly string[] {
  return [
    `memory that this process holds: ${growthText(host)}`,
    ...(browsers === undefined ? [] : [`memory of the browsers (PSS): ${growthText(browsers)}`]),
    `latency: ${slope.toFixed(2)} ms a minute (99 %: ${low.toFixed(2)} to ${high.toFixed(2)})`,
  ]
}

/** A share needs its digits. */
function shown(value: number): string {
  return Math.abs(value) < 10 ? value.toPrecision(3) : value.toFixed(1)
}

export function comparisonText(
  before: StressReport,
  now: StressReport,
  regressions: readonly Regression[],
): string {
  const measured = ({ browsers, by }: StressReport) => [...browsers, by].join(', ')
  const others =
    measured(before) === measured(now) ? [] : [`compared with ${measured(before)}; this was ${measured(now)}`]
  if (regressions.length === 0)
    return [...others, 'compared: no figure is worse beyond its threshold'].join('\n')
  return [
    ...others,
    ...regressions.map(
      ({ figure, before, now, change, severity }) =>
        `${severity.toUpperCase()}: ${figure} ${shown(before)} → ${shown(now)} (${change > 0 ? '+' : ''}${(100 * change).toFixed(0)} %)`,
    ),
  ].join('\n')
}
