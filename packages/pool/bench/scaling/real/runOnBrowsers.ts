// One trace through one policy on real browsers: requests at their moments, whether or not earlier ones were answered.

import { setTimeout as delay } from 'node:timers/promises'
import type { BrowserKind, ModelInput } from '../../../src/index.ts'
import { BenchPool } from '../../BenchPool.ts'
import type { MakeScaler } from '../Scaler.ts'
import { asDecide } from './asDecide.ts'
import { browserSecondsOf, reversalsOf, type SizeChange } from './browserSeconds.ts'
import type { RealRequest, RealRun } from './RealRun.ts'

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

const lookMs = 50

export async function realRun(
  setting: Setting,
  policy: Policy,
  trace: string,
  moments: readonly number[],
): Promise<RealRun> {
  const { input, model: folder, ...options } = setting
  const scaler = policy.simulated()
  await using pool = await BenchPool.start({
    ...options,
    ...(policy._tag === 'own' ? {} : { decide: asDecide(scaler) }),
  })
  const { parts } = pool
  const { model } = await pool.load(folder)
  // Compiled and warm, and as many as it begins with.
  await model.run(input)
  while (serving(pool) < Math.min(scaler.initial, setting.maxConnections)) await delay(lookMs)

  const start = performance.now()
  const elapsed = () => performance.now() - start
  const sizes: SizeChange[] = []
  const look = () => {
    const count = parts.browsers.started()
    if (sizes.at(-1)?.count !== count) sizes.push({ at: elapsed(), count })
  }
  look()
  const looking = setInterval(look, lookMs)
  const requests: RealRequest[] = []
  /** By lane, when its latest answer came. */
  const endOf = new Map<string, number>()
  const ask = async (at: number) => {
    const { timing, placement } = await model.run(input)
    const end = elapsed()
    const given = end - (timing.totalMs - timing.queueMs)
    // A lane holds two: one travels while the other is worked on, and takes from when that one was done.
    const serviceMs = end - Math.max(given, endOf.get(placement.lane) ?? 0)
    endOf.set(placement.lane, end)
    const busy = [...parts.dispatcher.load().values()].filter(running => running > 0).length
    requests.push({
      waitMs: Math.max(0, end - at - serviceMs),
      serviceMs,
      busy: Math.max(1, busy),
    })
  }
  const asked: Promise<void>[] = []
  for (const at of moments) {
    const wait = at - elapsed()
    if (wait > 0) await delay(wait)
    asked.push(ask(at))
  }
  await Promise.all(asked)
  clearInterval(looking)
  look()
  const { family, knobs } = scaler
  return {
    trace,
    family,
    knobs,
    requests,
    sizes,
    browserSeconds: browserSecondsOf(sizes, elapsed()),
    reversals: reversalsOf(sizes),
    startUpMs: parts.metrics().scaling.decision.grounds?.startUpMs,
  }
}

function serving({ parts }: BenchPool): number {
  return new Set(parts.dispatcher.lanes().map(({ connection }) => connection)).size
}
