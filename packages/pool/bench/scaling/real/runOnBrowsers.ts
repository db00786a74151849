// One trace through one policy on real browsers: requests at their moments, whether or not earlier ones were answered.

import { setTimeout as delay } from 'node:timers/promises'
import type { BrowserKind, ModelInput } from '../../../src/index.ts'
import { BenchPool } from '../../BenchPool.ts'
import type { MakeScaler } from '../Scaler.ts'
import { asDecide } from './asDecide.ts'
import { browserSecondsOf, reversalsOf } from './browserSeconds.ts'
import type { RealRequest, RealRun } from './RealRun.ts'
import { Watch } from './Watch.ts'

export interface Setting {
  readonly browsers: readonly BrowserKind[]
  readonly maxConnections: number
  readonly model: string
  readonly input: ModelInput
}

/** `own`: the pool as it is. */
export type Policy =
  | { readonly _tag: 'own'; readonly simulated: MakeScaler }
  | { readonly _tag: 'rival'; readonly simulated: MakeScaler }

/** Of one policy's run: which trace it is, and in which block of runs. */
export interface Which {
  readonly trace: string
  readonly block: number
}

const waitMs = 20

/** @param moments when requests should be asked, in milliseconds */
export async function realRun(
  setting: Setting,
  policy: Policy,
  which: Which,
  moments: readonly number[],
): Promise<RealRun> {
  const { input, model: folder, ...options } = setting
  const scaler = policy.simulated()
  /** By lane, how many were busy at its latest answer: once the caller has it the lane may be free. */
  const busyOn = new Map<string, number>()
  await using pool = await BenchPool.start({
    ...options,
    onServed: (lane, busyLanes) => busyOn.set(lane, busyLanes),
    ...(policy._tag === 'own' ? {} : { decide: asDecide(scaler) }),
  })
  const { model } = await pool.load(folder)
  // As many as it begins with, compiled and warm.
  while (serving(pool) < Math.min(scaler.initial, setting.maxConnections)) await delay(waitMs)
  // One at a time, which no scaler takes for a load.
  for (let warm = 0; warm < 4; warm++) await model.run(input)

  const start = performance.now()
  const elapsed = () => performance.now() - start
  const watch = new Watch(pool, elapsed)
  const requests: RealRequest[] = []
  /** By lane, when its latest answer came. */
  const endOf = new Map<string, number>()
  const ask = async (at: number) => {
    const { timing, placement } = await model.run(input)
    const end = elapsed()
    const given = end - (timing.totalMs - timing.queueMs)
    // A lane holds two: one travels while the other is worked on, and takes from when that one was done.
    const freeAt = endOf.get(placement.lane) ?? 0
    const serviceMs = end - Math.max(given, freeAt)
    endOf.set(placement.lane, end)
    const busy = busyOn.get(placement.lane) ?? 1
    requests.push({
      at,
      waitMs: Math.max(0, end - at - serviceMs),
      serviceMs,
      busy,
      starting: watch.starting,
      isBehind: freeAt > given,
    })
  }
  const asked: Promise<void>[] = []
  for (const at of moments) {
    const wait = at - elapsed()
    if (wait > 0) await delay(wait)
    asked.push(ask(at))
  }
  await Promise.all(asked)
  watch.end()
  const { family, knobs } = scaler
  return {
    ...which,
    family,
    knobs,
    requests,
    sizes: watch.sizes,
    browserSeconds: browserSecondsOf(watch.sizes, elapsed()),
    reversals: reversalsOf(watch.sizes),
    startUps: watch.startUps,
  }
}

function serving({ parts }: BenchPool): number {
  return new Set(parts.dispatcher.lanes().map(({ connection }) => connection)).size
}
