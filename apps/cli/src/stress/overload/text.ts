// The report of an overload for people, on a terminal.

import { tableOf } from '../../output/table.ts'
import { weightsNote } from '../../output/weightsNote.ts'
import { growthText } from '../growth.ts'
import { modelHead, modelRows } from './modelTable.ts'
import type { OverloadReport } from './OverloadReport.ts'

export function overloadText(report: OverloadReport): string {
  const failures = Object.entries(report.failures).map(([tag, count]) => `${count} × ${tag}`)
  return [
    tableOf(modelHead, modelRows(report)),
    `${report.times} × a capacity of ${report.capacity.toFixed(1)} answers/s for ${(report.durationMs / 1000).toFixed(0)} s: ${report.asked} asked, ${report.askedPerSecond.toFixed(0)} a second, none more than ${report.greatestLagMs.toFixed(0)} ms late; ${report.answeredPerSecond.toFixed(1)} answers/s meanwhile; ${report.maxQueue} may wait`,
    `accepted ${report.accepted} · answered ${report.answered} · failed ${report.failed} · refused ${report.refused} · lost ${report.lost} · doubled ${report.doubled} · wrong ${report.wrong}`,
    ...(failures.length > 0 ? [`failed as ${failures.join(', ')}`] : []),
    `refused within ${report.refusalP50Ms.toFixed(2)} ms (50 %), ${report.refusalP99Ms.toFixed(2)} ms (99 %), ${report.refusalMaxMs.toFixed(1)} ms (all)`,
    `as fast as before ${report.recoveryMs === null ? 'never again' : `${(report.recoveryMs / 1000).toFixed(1)} s after the last request`} (at most ${(report.recoveryBoundMs / 1000).toFixed(1)} s)`,
    `memory that this process holds: ${growthText(report.host)}`,
    weightsNote,
    report.ok ? 'ok: every rule held' : `NOT OK: ${report.problems.join('; ')}`,
  ].join('\n')
}
