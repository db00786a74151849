// `shoal doctor`: each browser found here is started, its page asked what really works, and that is printed.
// It says nothing that was not tried just now.

import { type BrowserReport, examine } from '../doctor/examine.ts'
import { interruptible } from '../interrupt.ts'
import { Progress } from '../output/Progress.ts'
import { tableOf } from '../output/table.ts'

export interface DoctorOptions {
  readonly browsers?: readonly string[]
  readonly cache?: string
  readonly json: boolean
}

export async function doctor(options: DoctorOptions): Promise<number> {
  const progress = new Progress()
  const reports = await interruptible(signal => examine(options, progress, signal))
  progress.end()
  process.stdout.write(`${options.json ? JSON.stringify({ browsers: reports }, null, 2) : textOf(reports)}\n`)
  return reports.some(report => report.state === 'works') ? 0 : 2
}

function textOf(reports: readonly BrowserReport[]): string {
  const rows = reports.map(report =>
    report.state === 'works'
      ? [
          `${report.kind} ${report.version}`,
          report.executablePath,
          'works',
          report.backends.wasm ? 'yes' : 'no',
          report.adapter
            ? `${report.adapter.description} (${report.adapter.software ? 'software' : 'hardware'})`
            : 'no',
          report.webnn.length > 0 ? report.webnn.join(', ') : 'no',
          report.isolated ? 'yes' : 'no',
          report.threads,
          report.readyMs.toFixed(0),
        ]
      : [
          `${report.kind} ${report.version}`,
          report.executablePath || '–',
          report.state,
          '–',
          '–',
          '–',
          '–',
          '–',
          '–',
        ],
  )
  const advice = reports.flatMap(report =>
    report.advice.map(line => `${report.executablePath || report.kind}: ${line}`),
  )
  const table = tableOf(
    ['browser', 'executable', 'state', 'WASM', 'WebGPU', 'WebNN', 'isolated', 'threads', 'ready in ms'],
    rows,
  )
  return [table, ...(advice.length > 0 ? ['', ...advice] : [])].join('\n')
}
