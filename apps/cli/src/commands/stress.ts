// `shoal stress`: a load of a chosen shape on real browsers, with faults on the way if wanted, and a report of what
// became of every request. It arranges; the caller's own record, the reference and the pages' counts are the judges.

import { writeFile } from 'node:fs/promises'
import { type BrowserChoice, type Platform, ResourcePool } from '@shoal/pool'
import { InputUnreadable } from '../input/InputUnreadable.ts'
import { interruptible } from '../interrupt.ts'
import { Progress } from '../output/Progress.ts'
import { Judge } from '../proof/Judge.ts'
import { makeModels, type ProofModel } from '../proof/models.ts'
import { Reference } from '../proof/Reference.ts'
import { chaos } from '../stress/chaos/Chaos.ts'
import type { Fault, FaultName } from '../stress/chaos/Fault.ts'
import { HangingModel } from '../stress/chaos/HangingModel.ts'
import { kill, renderer, slow, stop } from '../stress/chaos/processFaults.ts'
import { SocketCutter } from '../stress/chaos/SocketCutter.ts'
import { compareReports } from '../stress/compare.ts'
import { htmlOf } from '../stress/html.ts'
import { type LoadedModel, runLoad, type Shape } from '../stress/load.ts'
import { pageCounts } from '../stress/pageCounts.ts'
import { reportOf, type StressReport } from '../stress/report.ts'
import { StressRecord } from '../stress/StressRecord.ts'
import { type LoadChoice, readReport, shapeOf } from '../stress/stressFiles.ts'
import { comparisonText, textOf } from '../stress/text.ts'
import { Watch } from '../stress/Watch.ts'

export interface StressOptions extends LoadChoice {
  readonly models?: readonly string[]
  readonly minConnections: number
  readonly maxConnections: number
  readonly adaptiveScaling: boolean
  readonly browsers?: readonly BrowserChoice[]
  readonly platform: Platform
  readonly chaos: readonly FaultName[]
  readonly chaosEvery: number
  readonly deadline: number
  readonly cache?: string
  readonly compare?: string
  readonly html?: string
  readonly json: boolean
}

export async function stress(options: StressOptions): Promise<number> {
  const shape = await shapeOf(options)
  const before = options.compare === undefined ? undefined : await readReport(options.compare)
  const progress = new Progress()
  const record = new StressRecord()
  const report = await interruptible(signal => perform(options, shape, record, progress, signal))
  progress.end()
  const regressions = before === undefined ? [] : compareReports(before, report)
  if (options.html !== undefined) await writeFile(options.html, htmlOf(report, record.all()))
  if (options.json) process.stdout.write(`${JSON.stringify({ ...report, regressions }, null, 2)}\n`)
  else {
    process.stdout.write(`${textOf(report)}\n`)
    if (before !== undefined) process.stdout.write(`${comparisonText(regressions)}\n`)
  }
  return report.ok && regressions.every(({ severity }) => severity !== 'high') ? 0 : 1
}

async function perform(
  options: StressOptions,
  shape: Shape,
  record: StressRecord,
  progress: Progress,
  signal: AbortSignal,
): Promise<StressReport> {
  progress.say('making the models (seeded weights) …')
  const proofs = chosen(await makeModels(options.cache), options.models)
  const reference = await Reference.open(new Map(proofs.map(({ name, reference }) => [name, reference])))
  progress.say('starting the browsers …')
  using cutter = new SocketCutter()
  await using pool = await ResourcePool.start({
    minConnections: options.minConnections,
    maxConnections: options.maxConnections,
    adaptiveScaling: options.adaptiveScaling,
    hub: false,
    signal,
    ...(options.browsers ? { browsers: options.browsers } : {}),
    ...(options.cache === undefined ? {} : { cache: options.cache }),
  })
  for (const { kind, version, pid } of pool.browsers()) progress.say(`  ${kind} ${version}, pid ${pid}`)
  progress.say(`loading ${proofs.map(({ name }) => name).join(', ')} …`)
  const models: LoadedModel[] = await Promise.all(
    proofs.map(async proof => ({
      proof,
      model: await pool.getModel(
        { name: proof.folder, type: proof.type, platform: options.platform },
        { signal },
      ),
    })),
  )
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
            browsers: () => pool.browsers(),
            elapsed,
            onStruck: struck => watch.struck(struck),
          },
          AbortSignal.any([signal, over.signal]),
        )
  // Faults go on as long as requests are asked, not while the last are awaited.
  const asking = setTimeout(() => over.abort(), options.duration * 1000)
  const judge = new Judge(reference)
  await runLoad({ models, record, judge, shape, deadlineMs: options.deadline * 1000, signal })
  clearTimeout(asking)
  over.abort()
  const durationMs = elapsed()
  await striking
  watch.end()
  signal.throwIfAborted()
  const { requests, restarts } = pool.metrics()
  return reportOf(record.all(), {
    durationMs,
    load: describe(shape, options),
    faults: watch.faults,
    restarts,
    rerun: requests.rerun,
    connections: watch.connections,
    hostBytes: watch.hostBytes,
    pages: pageCounts(record.all()),
  })
}

function chosen(proofs: readonly ProofModel[], names: readonly string[] | undefined): readonly ProofModel[] {
  if (names === undefined) return proofs
  return names.map(name => {
    const proof = proofs.find(({ name: full }) => full.startsWith(name))
    if (proof) return proof
    throw new InputUnreadable({
      input: name,
      message: `--models: there is no "${name}"; use ${proofs.map(({ name: full }) => full).join(', ')}.`,
    })
  })
}

function describe(shape: Shape, { rate, trace, duration, seed }: StressOptions): string {
  if (shape._tag === 'closed') return `closed load, ${shape.concurrency} at a time`
  const perSecond = (shape.arrivals.length / duration).toFixed(1)
  return trace === undefined
    ? `open load, ${rate} a second (Poisson, seed ${seed})`
    : `open load, ${perSecond} a second after ${trace}`
}
