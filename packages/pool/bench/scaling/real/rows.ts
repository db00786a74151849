// Policies on real browsers, in figures: what each did beside what the simulator says of it, whether both rank them alike,
// and how far off the simulator is.

import { availableParallelism } from 'node:os'
import { discover } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { type BenchContext, quantile, type Row } from '@shoal/tools/bench'
import { Effect } from 'effect'
import { BenchPool } from '../../BenchPool.ts'
import { words } from '../../words.ts'
import { description } from '../description.ts'
import { kpa } from '../kpa.ts'
import { ours } from '../ours.ts'
import { rayServe } from '../rayServe.ts'
import type { MakeScaler } from '../Scaler.ts'
import { measuredOf, type Prediction, predict } from './predict.ts'
import type { RealRun } from './RealRun.ts'
import { agreementOf, errorOf, type Ranked } from './ranking.ts'
import { type Policy, realRun, type Setting } from './runOnBrowsers.ts'
import { momentsOf, shapes } from './shapes.ts'

const most = 3
const seeds = Array.from({ length: 40 }, (_, at) => 201 + at)
const arrivalSeed = 7

/** Rivals with knobs that move within a trace of this length; their defaults are in the simulation's sweep. */
const policies: readonly Policy[] = [
  { _tag: 'own', simulated: ours({}, 'default', most) },
  { _tag: 'rival', simulated: kpa({ stableWindowMs: 6_000 }, most) },
  { _tag: 'rival', simulated: description({ coolDownMs: 10_000 }, most) },
  {
    _tag: 'rival',
    simulated: rayServe(
      { targetOngoingRequests: 1, upscaleDelayS: 3, downscaleDelayS: 10, lookBackPeriodS: 3 },
      most,
    ),
  },
  { _tag: 'rival', simulated: fixed(1) },
  { _tag: 'rival', simulated: fixed(most) },
]

/** In a wait of so much no order is seen: a look's length. */
const floorMs = 50

/** @param named of `shapes` */
export async function realRows(context: BenchContext, named: ReadonlySet<string>): Promise<Row[]> {
  const wanted = shapes.filter(({ name }) => named.has(name))
  if (wanted.length === 0) return []
  const found = await Effect.runPromise(discover({ kinds: ['chromium'] }))
  const [browser] = found
  if (browser === undefined) {
    context.progress('real: skipped, there is no Chromium on this machine')
    return []
  }
  const { dir } = await writeSeededModel({ architecture: 'bertEncoder', size: 'mini' })
  const setting: Setting = { browsers: ['chromium'], maxConnections: most, model: dir, input: words(64) }
  const lanePerSecond = await paceOf(setting)
  context.progress(`one lane answers ${lanePerSecond.toFixed(1)} a second`)
  const rows: Row[] = []
  const all: { readonly waits: Ranked[]; readonly costs: Ranked[] } = { waits: [], costs: [] }
  for (const shape of wanted) {
    const moments = momentsOf(shape, lanePerSecond, arrivalSeed)
    const runs: { readonly policy: Policy; readonly run: RealRun }[] = []
    for (const policy of policies) {
      const { family } = policy.simulated()
      context.progress(`${shape.name}: ${family}, ${moments.length} requests`)
      runs.push({ policy, run: await realRun(setting, policy, shape.name, moments) })
    }
    const cores = availableParallelism()
    const machine = measuredOf(
      runs.map(({ run }) => run),
      cores,
    )
    const seen = runs.map(({ policy, run }) => ({
      run,
      alike: predict(moments, machine, policy.simulated, seeds),
      own: predict(moments, measuredOf([run], cores), policy.simulated, seeds),
    }))
    rows.push(...seen.map(({ run, own }) => rowOf(run, own)))
    rows.push(
      orderRow(
        `${shape.name}: p95 wait`,
        seen.map(({ run, alike }) => waitOf(run, alike)),
      ),
      orderRow(
        `${shape.name}: browser-seconds`,
        seen.map(({ run, alike }) => costOf(run, alike)),
      ),
    )
    all.waits.push(...seen.map(({ run, own }) => waitOf(run, own)))
    all.costs.push(...seen.map(({ run, own }) => costOf(run, own)))
  }
  return [...rows, errorRow('p95 wait', all.waits, floorMs), errorRow('browser-seconds', all.costs, 0)]
}

/** Answers a second of one lane that is never idle. */
async function paceOf({ browsers, model: folder, input }: Setting): Promise<number> {
  await using pool = await BenchPool.start({ browsers, maxConnections: 1 })
  const { model } = await pool.load(folder)
  for (let warm = 0; warm < 5; warm++) await model.run(input)
  const until = performance.now() + 5_000
  const since = performance.now()
  let answered = 0
  const stream = async () => {
    while (performance.now() < until) {
      await model.run(input)
      answered++
    }
  }
  await Promise.all([stream(), stream()])
  return (1000 * answered) / (performance.now() - since)
}

function rowOf(run: RealRun, predicted: Prediction): Row {
  const waits = run.requests.map(({ waitMs }) => waitMs)
  const value = quantile(waits, 0.95)
  const { median, low, high } = predicted.p95WaitMs
  const startUp = run.startUpMs === undefined ? '' : `, start-up ${(run.startUpMs / 1000).toFixed(1)} s`
  return {
    name: `${nameOf(run)} on real Chromium pages: p95 wait; ${run.browserSeconds.toFixed(0)} browser-s (simulated ${predicted.browserSeconds.median.toFixed(0)}), ${run.reversals} reversals${startUp}`,
    value,
    unit: 'ms',
    beside: `simulated as measured meanwhile, 90 %: ${low.toFixed(0)} – ${high.toFixed(0)}`,
    besideValue: median,
    ratio: (value + floorMs) / (median + floorMs),
    n: waits.length,
  }
}

function orderRow(what: string, policies: readonly Ranked[]): Row {
  const { told, same, other } = agreementOf(policies)
  return {
    name: `${what}: pairs of policies in the same order as simulated${other.length > 0 ? ` (not: ${other.join('; ')})` : ''}`,
    value: same,
    unit: `of ${told} that the simulator tells apart`,
    n: (policies.length * (policies.length - 1)) / 2,
    aim: 'all',
    met: same === told,
  }
}

function errorRow(what: string, policies: readonly Ranked[], floor: number): Row {
  const { median, low, high } = errorOf(policies, floor)
  return {
    name: `the simulator's error, ${what}: measured over predicted, median of the runs (95 %: ${low.toFixed(2)} – ${high.toFixed(2)})`,
    value: median,
    unit: '×',
    spread: [low, high],
    n: policies.length,
  }
}

function waitOf(run: RealRun, { p95WaitMs }: Prediction): Ranked {
  const measured = quantile(
    run.requests.map(({ waitMs }) => waitMs),
    0.95,
  )
  return { name: nameOf(run), predicted: p95WaitMs, measured }
}

function costOf(run: RealRun, { browserSeconds }: Prediction): Ranked {
  return { name: nameOf(run), predicted: browserSeconds, measured: run.browserSeconds }
}

function nameOf({ trace, family, knobs }: RealRun): string {
  return `${trace}, ${family}${family === 'fixed' ? ` ${knobs}` : ''}`
}

function fixed(count: number): MakeScaler {
  return () => ({
    family: 'fixed',
    knobs: `${count}`,
    everyMs: 60_000,
    initial: count,
    target: () => count,
  })
}
