// The report of an overload as one page: what was answered and refused over time, beside what the pool can do.

import { chartOf } from '../../output/chart.ts'
import { pageOf, paragraphOf } from '../../output/page.ts'
import { weightsNote } from '../../output/weightsNote.ts'
import { growthText } from '../growth.ts'
import { modelHead, modelRows } from './modelTable.ts'
import type { OverloadReport } from './OverloadReport.ts'
import type { Tally } from './Tally.ts'

/** Stretches in which answers and refusals are counted. */
const stretches = 40
/** Points in a chart at most. */
const mostDots = 4000

export function overloadHtml(report: OverloadReport, tally: Tally): string {
  const endS = report.durationMs / 1000
  const answers = tally.paceOf(['answered', 'wrong'], report.durationMs / stretches)
  const refusals = tally.paceOf(['refused'], report.durationMs / stretches)
  const until = Math.max(endS, ...[...answers, ...report.waiting].map(({ x }) => x))
  const axis = { xUnit: 's', yUnit: '', until, marks: [{ x: endS, label: 'the last request was asked' }] }
  return pageOf({
    title: 'Shoal: overload',
    heading: report.ok ? 'Every rule held' : `Not ok: ${report.problems.join('; ')}`,
    paragraphs: [
      `${report.times} × a capacity of ${report.capacity.toFixed(1)} answers a second, for ${endS.toFixed(0)} s. ${weightsNote} The dashed upright line is the last request; the dashed level is the capacity, or what may wait.`,
    ],
    figures: [
      ['asked', report.asked],
      ['accepted', report.accepted],
      ['answered', report.answered],
      ['refused', report.refused],
      ['failed', report.failed],
      ['lost', report.lost],
      ['doubled', report.doubled],
      ['wrong', report.wrong],
      ['refused within, 99 %', `${report.refusalP99Ms.toFixed(2)} ms`],
      [
        'recovered after',
        report.recoveryMs === null ? 'never' : `${(report.recoveryMs / 1000).toFixed(1)} s`,
      ],
    ],
    charts: [
      chartOf(answers, { ...axis, title: 'Answers each second', form: 'line', level: report.capacity }),
      chartOf(refusals, { ...axis, title: 'Refusals each second', form: 'line' }),
      chartOf(report.waiting, {
        ...axis,
        title: 'Requests that wait',
        form: 'steps',
        level: report.maxQueue,
      }),
      chartOf(tally.latencies(['answered', 'wrong'], mostDots), {
        ...axis,
        yUnit: 'ms',
        title: 'Latency of each answer, by when it was asked (logarithmic)',
        form: 'dots',
      }),
      paragraphOf(`memory that this process holds: ${growthText(report.host)}`),
      chartOf(
        report.memory.map(({ x, y }) => ({ x, y: y / 2 ** 20 })),
        { ...axis, yUnit: 'MiB', title: 'Memory that this process holds, collected', form: 'line' },
      ),
    ],
    table: {
      head: modelHead,
      rows: modelRows(report),
    },
  })
}
