// `shoal stress`: a load of a chosen shape on real browsers, with faults on the way if wanted, and a report of what
// became of every request. It arranges; the caller's own record, the reference and the pages' counts are the judges.

import { writeFile } from 'node:fs/promises'
import { interruptible } from '../interrupt.ts'
import { expectWritable } from '../output/OutputUnwritable.ts'
import { Progress } from '../output/Progress.ts'
import { LoadedPool, type LoadedPoolOptions } from '../proof/LoadedPool.ts'
import { chaos } from '../stress/chaos/Chaos.ts'
import type { Fault, FaultName } from '../stress/chaos/Fault.ts'
import { HangingModel } from '../stress/chaos/HangingModel.ts'
import { kill, renderer, slow, stop } from '../stress/chaos/processFaults.ts'
import { SocketCutter } from '../stress/chaos/SocketCutter.ts'
import { compareReports } from '../stress/compare.ts'
import { type Conditions, conditionsOf, measuredBy } from '../stress/conditions.ts'
import { htmlOf } from '../stress/html.ts'
import { lastQuestions } from '../stress/lastQuestions.ts'
import { runLoad, type Shape } from '../stress/load.ts'
import { watchMemory } from '../stress/MemoryWatch.ts'
import { pageCounts } from '../stress/pageCounts.ts'
import { reportOf, type StressReport } from '../stress/report.ts'
import { StressRecord } from '../stress/StressRecord.ts'
import { expectAlike, type LoadChoice, readReport, shapeOf } from '../stress/stressFiles.ts'
import { comparisonText, textOf } from '../stress/text.ts'
import { Watch } from '../stress/Watch.ts'
import { overload } from './overload.ts'

export interface StressOptions extends LoadChoice, LoadedPoolOptions {
  readonly chaos: readonly FaultName[]
  readonly chaosEvery: number
  readonly deadline: number
  /** Minutes: a long, low load with its memory watched. */
  readonly soak?: number
  /** Asks so many times what the pool can do, instead. */
  readonly overload?: number
  readonly compare?: string
  readonly html?: string
  readonly json: boolean
}

export async function stress(given: StressOptions): Promise<number> {
  const options = given.soak === undefined ? given : soaking(given, given.soak)
  if (options.overload !== undefined) return await overload(options, options.overload)
  const shape = await shapeOf(options)
  const before = options.compare === undefined ? undefined : await readReport(options.compare)
  const conditions = conditionsOf(options, shape)
  // Before anything is measured: a report of another load says nothing of this one.
  if (before !== undefined) expectAlike(options.compare ?? '', before.conditions, conditions)
  if (options.html !== undefined) await expectWritable('--html', options.html)
  const progress = new Progress()
  const record = new StressRecord()
  const report = await interruptible(signal => perform(options, shape, conditions, record, progress, signal))
  progress.end()
  const regressions = before === undefined ? [] : compareReports(before, report)
  if (options.html !== undefined) await writeFile(options.html, htmlOf(report, record.all()))
  if (options.json) process.stdout.write(`${JSON.stringify({ ...report, regressions }, null, 2)}\n`)
  else {
    process.stdout.write(`${textOf(report)}\n`)
    if (before !== undefined) process.stdout.write(`${comparisonText(before, report, regressions)}\n`)
  }
  return report.ok && regressions.every(({ severity }) => severity !== 'high') ? 0 : 1
}

/** Requests a second of a soak: low, so that what is looked at is time and not load. */
const soakRate = 2

/** With all its connections from the start, so that what grows is not their number. */
function soaking(options: StressOptions, minutes: number): StressOptions {
  const { rate = soakRate, maxConnections: minConnections } = options
  return { ...options, duration: 60 * minutes, rate, minConnections, adaptiveScaling: false }
}

/** A pool that heals from its last fault may need as long before each lane answers. */
const lastPatienceMs = 30_000

async function perform(
  options: StressOptions,
  shape: Shape,
  conditions: Conditions,
  record: StressRecord,
  progress: Progress,
  signal: AbortSignal,
): Promise<StressReport> {
  using cutter = new SocketCutter()
  await using loaded = await LoadedPool.start(options, 'numbered', progress, signal)
  const { pool, models, judge } = loaded
  await using hanging = options.chaos.includes('hang') ? await HangingModel.load(pool, signal) : undefined
  const available: readonly Fault[] = [
    kill,
    renderer,
    stop,
    slow,
    cutter.fault,
    ...(hanging === undefined ? [] : [hanging.fault]),
  ]
  const faults = available.filter(({ name }) => options.chaos.includes(name))

  const start = performance.now()
  const elapsed = () => performance.now() - start
  const watch = new Watch(pool, record, progress, elapsed)
  const over = new AbortController()
  const striking =
    faults.length === 0
      ? Promise.resolve()
      : chaos(
          {
            faults,
            everyMs: options.chaosEvery * 1000,
            seed: options.seed,
            browsers: () => pool.browsers(),
            elapsed,
            onStruck: struck => watch.struck(struck),
          },
          AbortSignal.any([signal, over.signal]),
        )
  const weighing = options.soak === undefined ? undefined : watchMemory(pool, elapsed, over.signal)
  // Faults go on as long as requests are asked, not while the last are awaited.
  const asking = setTimeout(() => over.abort(), options.duration * 1000)
  await runLoad({ models, record, judge, shape, deadlineMs: options.deadline * 1000, signal })
  clearTimeout(asking)
  over.abort()
  const durationMs = elapsed()
  const memory = await weighing
  await striking
  watch.end()
  const last = await lastQuestions(pool, models, {
    deadlineMs: options.deadline * 1000,
    patienceMs: lastPatienceMs,
    signal,
  })
  signal.throwIfAborted()
  const { requests, restarts } = pool.metrics()
  return reportOf(record.all(), {
    durationMs,
    conditions,
    browsers: [...new Set(pool.browsers().map(({ kind, version }) => `${kind} ${version}`))].sort(),
    by: measuredBy(),
    faults: watch.faults,
    ...(faults.length === 0 ? {} : { chaos: faults.map(({ name }) => name) }),
    restarts,
    rerun: requests.rerun,
    connections: watch.connections,
    restartsAt: watch.restarts,
    hostBytes: watch.hostBytes,
    ...(memory === undefined ? {} : { memory }),
    pages: pageCounts(record.all(), { rerun: requests.rerun, last }),
  })
}
