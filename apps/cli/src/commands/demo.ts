// `shoal demo`: three kinds of model at once in real browsers, one browser killed on the way, every answer
// checked. It arranges; the pool does the work, and the caller's own record and the reference are the judges.

import { type BrowserChoice, type Platform, ResourcePool } from '@shoal/pool'
import { CallerRecord } from '../demo/CallerRecord.ts'
import { Fault, type Killed } from '../demo/Fault.ts'
import { failures, judge } from '../demo/judge.ts'
import { type DemoReport, reportOf, textOf } from '../demo/report.ts'
import { proveWebGpu } from '../demo/webgpu.ts'
import { type LoadedModel, runWorkload } from '../demo/workload.ts'
import { interruptible } from '../interrupt.ts'
import { Progress } from '../output/Progress.ts'
import { makeModels, type ProofModel } from '../proof/models.ts'
import { Reference } from '../proof/Reference.ts'

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
  progress.say('making the models (seeded weights) …')
  const demos = await makeModels(options.cache)
  const reference = await Reference.open(new Map(demos.map(({ name, reference }) => [name, reference])))
  progress.say('starting the browsers …')
  await using pool = await ResourcePool.start({
    minConnections: Math.min(2, options.maxConnections),
    maxConnections: options.maxConnections,
    hub: false,
    signal,
    ...(options.browsers ? { browsers: options.browsers } : {}),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.cache === undefined ? {} : { cache: options.cache }),
  })
  for (const { kind, version, pid } of pool.browsers()) progress.say(`  ${kind} ${version}, pid ${pid}`)
  const models = await load(pool, demos, options.platform, progress, signal)

  const record = new CallerRecord()
  const fault = new Fault(pool)
  const stopWatch = watch(pool, record, fault, progress)
  const workload = runWorkload({
    pool,
    models,
    record,
    durationMs: options.duration * 1000,
    awaiting: () => fault.isOpen,
    signal,
    onAnswer: answer => fault.sawAnswer(answer),
  })
  const over = new AbortController()
  const strike = fault.strike(options.duration * 1000 * strikeAt, AbortSignal.any([signal, over.signal]))
  await workload
  over.abort()
  await strike
  stopWatch()
  signal.throwIfAborted()

  progress.say('showing WebGPU …')
  const bert = demos[0]
  const notShown = bert && (await proveWebGpu(pool, bert, record, signal))
  const { requests, restarts } = pool.metrics()
  progress.say('checking every answer against onnxruntime-node …')
  const judged = await judge(record, demos, reference)
  const { killed } = fault
  return reportOf(
    judged,
    {
      restarts: restarts.browsers,
      rerun: requests.rerun,
      recoveryMs: fault.recoveryMs ?? null,
      skipped: notShown === undefined ? [] : [`WebGPU was not shown: ${notShown}`],
    },
    [
      ...failures(record),
      ...(killed ? [] : ['no browser had a request in flight when one should have been killed']),
      ...(killed && fault.recoveryMs === undefined
        ? [`${killed.browser} did not answer again after it was killed`]
        : []),
    ],
  )
}

async function load(
  pool: ResourcePool,
  demos: readonly ProofModel[],
  platform: Platform,
  progress: Progress,
  signal: AbortSignal,
): Promise<LoadedModel[]> {
  progress.say(`loading ${demos.map(({ name }) => name).join(', ')} …`)
  return Promise.all(
    demos.map(async demo => ({
      demo,
      model: await pool.getModel({ name: demo.folder, type: demo.type, platform }, { signal }),
    })),
  )
}

/** Shows a live line, and says it once of each browser that is killed, and of its successor when that answers. */
function watch(pool: ResourcePool, record: CallerRecord, fault: Fault, progress: Progress): () => void {
  let saidKilled: Killed | undefined
  let saidRecovered: Killed | undefined
  const look = () => {
    const { requests, connections } = pool.metrics()
    const { killed, recoveryMs } = fault
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
