// Policies on real browsers, in figures: what each did beside what the simulator says of it, whether both rank them alike,
// and how far off the simulator is.

import { type BenchContext, quantile, type Row } from '@shoal/tools/bench'
import type { Outcome } from '../simulate.ts'
import { type PolicyRuns, predict } from './predict.ts'
import { errorOf, type Interval, isOpposite, missesOf, type Pair, pairsOf, type Ranked } from './ranking.ts'
import { type Experiment, runExperiment } from './runExperiment.ts'
import { shapes } from './shapes.ts'

const seeds = Array.from({ length: 100 }, (_, at) => 201 + at)

/** In a wait of so much no order is seen, in milliseconds: a few requests'. */
const floorMs = 50

/** Pairs that both must tell apart for anything to be said of their order. */
const fewestPairs = 3

/** @param named of `shapes` */
export async function realRows(context: BenchContext, named: ReadonlySet<string>): Promise<Row[]> {
  const rows: Row[] = []
  for (const shape of shapes.filter(({ name }) => named.has(name))) {
    const experiment = await runExperiment(shape, line => context.progress(line))
    if (experiment !== undefined) rows.push(...rowsOf(experiment))
  }
  return rows
}

export function rowsOf({ name, cores, moments, policies }: Experiment): Row[] {
  const all = policies.flatMap(({ runs }) => runs)
  const ranked = policies.map(policy => {
    const outcomes = predict(policy, moments, all, cores, seeds)
    return { policy, waits: waitsOf(policy, outcomes), costs: costsOf(policy, outcomes) }
  })
  const waits = ranked.map(one => one.waits)
  // What a fixed size costs is known beforehand.
  const costs = ranked.filter(({ policy }) => policy.make().family !== 'fixed').map(one => one.costs)
  return [
    ...ranked.map(one => policyRow(name, one)),
    ...orderRows(`${name}, p95 wait`, pairsOf(waits, floorMs), moments.length),
    ...orderRows(`${name}, browser-seconds`, pairsOf(costs, 0), moments.length),
    ...errorRow(`${name}, p95 wait`, waits, floorMs),
    ...errorRow(`${name}, browser-seconds`, costs, 0),
  ]
}

function policyRow(
  trace: string,
  { policy: { runs }, waits, costs }: { policy: PolicyRuns; waits: Ranked; costs: Ranked },
): Row {
  const startUps = runs.flatMap(run => run.startUps.map(({ ms }) => ms / 1000))
  const startUp = startUps.length === 0 ? '' : `, start-up ${quantile(startUps, 0.5).toFixed(1)} s`
  const error = errorOf(waits, floorMs)
  const reversals = runs.reduce((sum, run) => sum + run.reversals, 0) / runs.length
  const cost = `${median(costs.measured).toFixed(1)} browser-s (simulated ${median(costs.predicted.flat()).toFixed(1)})`
  return {
    name: `${trace}, ${waits.name}, on real Chromium pages: p95 wait; ${cost}, ${reversals.toFixed(1)} reversals${startUp}`,
    value: median(waits.measured),
    unit: 'ms',
    spread: [quantile(waits.measured, 0.25), quantile(waits.measured, 0.75)],
    beside: `simulated; real over simulated ${inWords(error)}`,
    besideValue: median(waits.predicted.flat()),
    ratio: error.middle,
    n: runs.length,
  }
}

/** How many pairs there are of each verdict; then each pair that either tells apart, with its figures. */
function orderRows(what: string, pairs: readonly Pair[], blocks: number): Row[] {
  const of = (verdict: Pair['verdict']) => pairs.filter(pair => pair.verdict === verdict)
  const [agree, disagree] = [of('agree').length, of('disagree').length]
  const ties = [
    `${of('tie as measured').length} are ties as measured`,
    `${of('tie as simulated').length} as simulated`,
    `${of('tie in both').length} in both`,
  ].join(', ')
  return [
    {
      name: `${what}: pairs of policies that both tell apart and put in the same order; ${disagree} in the other; ${ties}`,
      value: agree,
      unit: `of ${agree + disagree} that both tell apart`,
      n: pairs.length,
      aim: `at least ${fewestPairs} told apart, none in the other order`,
      met: agree + disagree >= fewestPairs && disagree === 0,
    },
    {
      name: `${what}: pairs of policies whose middles lie on opposite sides as measured and as simulated, told apart or not`,
      value: pairs.filter(isOpposite).length,
      unit: `of ${pairs.length}`,
      n: pairs.length,
    },
    ...pairs
      .filter(({ verdict }) => verdict !== 'tie in both')
      .map(({ less, more, measured, predicted, verdict }) => ({
        name: `${what}: ${verdict}: ${more} over ${less}, ${inWords(measured)}`,
        value: measured.middle,
        unit: '×',
        beside: `simulated ${inWords(predicted)}`,
        besideValue: predicted.middle,
        n: blocks,
      })),
  ]
}

function errorRow(what: string, policies: readonly Ranked[], floor: number): Row[] {
  const misses = missesOf(policies, floor)
  if (misses === undefined) return []
  const { typical, byChance, worst } = misses
  return [
    {
      name: `${what}: the simulator’s error: factor by which a run is off, geometric mean; farthest off over its blocks: ${worst.name}, real over simulated ${inWords(worst.error)}`,
      value: typical,
      unit: '×',
      beside: 'by chance alone, as simulated',
      besideValue: byChance,
      n: policies.reduce((sum, { measured }) => sum + measured.length, 0),
    },
  ]
}

function waitsOf({ make, runs }: PolicyRuns, outcomes: readonly (readonly Outcome[])[]): Ranked {
  return {
    name: nameOf(make()),
    measured: runs.map(({ requests }) =>
      quantile(
        requests.map(({ waitMs }) => waitMs),
        0.95,
      ),
    ),
    predicted: outcomes.map(blocks => blocks.map(({ p95WaitMs }) => p95WaitMs)),
  }
}

function costsOf({ make, runs }: PolicyRuns, outcomes: readonly (readonly Outcome[])[]): Ranked {
  return {
    name: nameOf(make()),
    measured: runs.map(({ browserSeconds }) => browserSeconds),
    predicted: outcomes.map(blocks => blocks.map(({ browserSeconds }) => browserSeconds)),
  }
}

function nameOf({ family, knobs }: { readonly family: string; readonly knobs: string }): string {
  return family === 'fixed' ? `fixed ${knobs}` : family
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function inWords({ middle, low, high }: Interval): string {
  return `× ${middle.toFixed(2)} (${low.toFixed(2)} – ${high.toFixed(2)})`
}
