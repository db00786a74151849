// `shoal demo`: three kinds of model at once in real browsers, one browser killed on the way, every answer
// checked. It arranges; the pool does the work, and the caller's own record and the reference are the judges.

import type { BrowserChoice, Platform, ResourcePool } from '@shoal/pool'
import { CallerRecord } from '../demo/CallerRecord.ts'
import { failures, judge } from '../demo/judge.ts'
import { Kill, type Killed } from '../demo/Kill.ts'
import { type DemoReport, reportOf, textOf } from '../demo/report.ts'
import { proveWebGpu } from '../demo/webgpu.ts'
import { runWorkload } from '../demo/workload.ts'
import { interruptible } from '../interrupt.ts'
import { Progress } from '../output/Progress.ts'
import { LoadedPool } from '../proof/LoadedPool.ts'

export interface DemoOptions {
  readonly duration: number
  readonly maxConnections: number
  readonly browsers?: readonly BrowserChoice[]
  readonly platform: Platform
  readonly port?: number
  readonly cache?: string
  readonly json: boolean
}

/** Share of the duration after which a browser is killed. */
const strikeAt = 0.4

export async function demo(options: DemoOptions): Promise<number> {
  const progress = new Progress()
  const report = await interruptible(signal => perform(options, progress, signal))
  progress.end()
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : textOf(report)}\n`)
  return report.ok ? 0 : 1
}

async function perform(options: DemoOptions, progress: Progress, signal: AbortSignal): Promise<DemoReport> {
  await using loaded = await LoadedPool.start(options, 'default', progress, signal)
  const { pool, models } = loaded
  const record = new CallerRecord()
  const kill = new Kill(pool)
  const stopWatch = watch(pool, record, kill, progress)
  const workload = runWorkload({
    pool,
    models,
    record,
    durationMs: options.duration * 1000,
    awaiting: () => kill.isOpen,
    signal,
    onAnswer: answer => kill.sawAnswer(answer),
  })
  const over = new AbortController()
  const strike = kill.strike(options.duration * 1000 * strikeAt, AbortSignal.any([signal, over.signal]))
  await workload
  over.abort()
  await strike
  stopWatch()
  signal.throwIfAborted()

  progress.say('showing WebGPU …')
  const bert = models[0]?.proof
  const notShown = bert && (await proveWebGpu(pool, bert, record, signal))
  const { requests, restarts } = pool.metrics()
  progress.say('checking every answer against onnxruntime-node …')
  const judged = await judge(record, loaded)
  const { killed } = kill
  return reportOf(
    judged,
    {
      restarts: restarts.browsers,
      rerun: requests.rerun,
      recoveryMs: kill.recoveryMs ?? null,
      skipped: notShown === undefined ? [] : [`WebGPU was not shown: ${notShown}`],
    },
    [
      ...failures(record),
      ...(killed ? [] : ['no browser had a request in flight when one should have been killed']),
      ...(killed && kill.recoveryMs === undefined
        ? [`${killed.browser} did not answer again after it was killed`]
        : []),
    ],
  )
}

/** Shows a live line, and says it once of each browser that is killed, and of its successor when that answers. */
function watch(pool: ResourcePool, record: CallerRecord, kill: Kill, progress: Progress): () => void {
  let saidKilled: Killed | undefined
  let saidRecovered: Killed | undefined
  const look = () => {
    const { requests, connections } = pool.metrics()
    const { killed, recoveryMs } = kill
    if (killed !== saidKilled) {
      saidKilled = killed
      progress.say(
        `SIGKILL ${killed?.browser} (pid ${killed?.pid}) with ${killed?.inFlight} requests in flight`,
      )
    }
    if (recoveryMs !== undefined && killed !== saidRecovered) {
      saidRecovered = killed
      progress.say(
        `${killed?.browser} answers again, ${recoveryMs.toFixed(0)} ms after the kill; ${requests.rerun} requests were run again`,
      )
    }
    progress.show(
      `${record.count('answered')} answered · ${requests.running} running · ${requests.waiting} waiting · ${requests.rerun} run again · ${connections} connections`,
    )
  }
  const timer = setInterval(look, 200)
  return () => {
    clearInterval(timer)
    look()
    progress.end()
  }
}
