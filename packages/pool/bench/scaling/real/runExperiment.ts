// The experiment on real browsers: each policy runs once in every block, over the block's own arrivals, in a balanced order.
// What of a machine changes slowly, and what a run leaves to the next one, so meets all policies alike.

import { availableParallelism } from 'node:os'
import { discover } from '@shoal/browser-bridge'
import { writeSeededModel } from '@shoal/onnx'
import { Effect } from 'effect'
import { BenchPool } from '../../BenchPool.ts'
import { words } from '../../words.ts'
import { kpa } from '../kpa.ts'
import { ours } from '../ours.ts'
import { rayServe } from '../rayServe.ts'
import type { MakeScaler } from '../Scaler.ts'
import { thresholdRule } from '../thresholdRule.ts'
import { balancedOrders } from './order.ts'
import type { PolicyRuns } from './predict.ts'
import type { RealRun } from './RealRun.ts'
import { type Policy, realRun, type Setting } from './runOnBrowsers.ts'
import { momentsOf, type ShapeOfLoad } from './shapes.ts'

export interface Experiment {
  readonly name: string
  readonly cores: number
  /** Of each block's requests, in milliseconds. */
  readonly moments: readonly (readonly number[])[]
  readonly policies: readonly PolicyRuns[]
}

const most = 3
const arrivalSeed = 7

/** What the pool's own scaler looks at, and how often: as in scalerActor.ts. */
const paceMs = 250

/** Rivals with knobs that move within a trace of this length; their defaults are in the simulation's sweep. */
const policies: readonly Policy[] = [
  { _tag: 'own', simulated: ours({}, 'default', most, paceMs) },
  { _tag: 'rival', simulated: kpa({ stableWindowMs: 6_000 }, most) },
  { _tag: 'rival', simulated: thresholdRule({ coolDownMs: 5_000 }, most) },
  {
    _tag: 'rival',
    simulated: rayServe(
      { targetOngoingRequests: 1, upscaleDelayS: 1.5, downscaleDelayS: 5, lookBackPeriodS: 1.5 },
      most,
    ),
  },
  { _tag: 'rival', simulated: fixed(1) },
  { _tag: 'rival', simulated: fixed(most) },
]

/** Undefined where there is no browser. */
export async function runExperiment(
  shape: ShapeOfLoad,
  progress: (line: string) => void,
): Promise<Experiment | undefined> {
  const found = await Effect.runPromise(discover({ kinds: ['chromium'] }))
  if (found.length === 0) {
    progress('real: skipped, there is no Chromium on this machine')
    return undefined
  }
  const { dir } = await writeSeededModel({ architecture: 'bertEncoder', size: 'mini' })
  const setting: Setting = { browsers: ['chromium'], maxConnections: most, model: dir, input: words(64) }
  const lanePerSecond = await paceOf(setting)
  progress(`one lane answers ${lanePerSecond.toFixed(1)} a second`)
  const orders = balancedOrders(policies.length)
  const moments = orders.map((_, block) => momentsOf(shape, lanePerSecond, arrivalSeed + block))
  const runs = new Map<Policy, RealRun[]>(policies.map(policy => [policy, []]))
  for (const [block, own] of moments.entries()) {
    progress(
      `${shape.name}: block ${block + 1} of ${orders.length}, ${own.length} requests for each of ${policies.length} policies`,
    )
    for (const at of orders[block] ?? []) {
      const policy = policies[at]
      if (policy) runs.get(policy)?.push(await realRun(setting, policy, { trace: shape.name, block }, own))
    }
  }
  return {
    name: shape.name,
    cores: availableParallelism(),
    moments,
    policies: policies.map(policy => ({ make: policy.simulated, runs: runs.get(policy) ?? [] })),
  }
}

/** Answers a second of one lane that is never idle. */
async function paceOf({ browsers, model: folder, input }: Setting): Promise<number> {
  await using pool = await BenchPool.start({ browsers, maxConnections: 1 })
  const { model } = await pool.load(folder)
  for (let warm = 0; warm < 10; warm++) await model.run(input)
  const since = performance.now()
  const until = since + 4_000
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

function fixed(count: number): MakeScaler {
  return () => ({
    family: 'fixed',
    knobs: `${count}`,
    everyMs: 60_000,
    initial: count,
    target: () => count,
  })
}
