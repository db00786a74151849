// The first request of a model in a pool that has just started, with `precompileShaders` (a sample is run before the model
// counts as ready) beside without. What the sample costs is paid in `getModel`; the last row shows both together.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import type { ModelSpec } from '../../src/index.ts'
import { inTurn } from './inTurn.ts'
import { textEncoder } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

interface First {
  readonly firstMs: number
  readonly fromGetModelMs: number
}

export async function firstRequest(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
): Promise<Row[]> {
  const rows = await measure(context, found, `${where}, WASM`, 'wasm')
  // Firefox has no software adapter that answers in seconds.
  if (found.kind !== 'chromium') return rows
  try {
    return [...rows, ...(await measure(context, found, `${where}, WebGPU on a software adapter`, 'webgpu'))]
  } catch (error) {
    context.progress(`${where}: WebGPU skipped: ${error instanceof Error ? error.message : String(error)}`)
    return rows
  }
}

async function measure(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
  platform: NonNullable<ModelSpec['platform']>,
): Promise<Row[]> {
  const model = await textEncoder(32)
  const first = async (precompileShaders: boolean): Promise<First> => {
    await using pool = await PoolUnderTest.start({ kind: found.kind, models: [], lanes: 1 })
    const startedAt = performance.now()
    await pool.load(model, { platform, optimizations: { precompileShaders } })
    const { timing } = await pool.ask(model)
    return { firstMs: timing.totalMs, fromGetModelMs: performance.now() - startedAt }
  }
  const seen = await inTurn(
    context,
    { warm: () => first(true), cold: () => first(false) },
    { label: `${where}, first request`, rounds: 7, budgetMs: 20_000 },
  )
  const pair = (of: (first: First) => number) => pairOf(seen.warm.map(of), seen.cold.map(of))
  const firsts = pair(({ firstMs }) => firstMs)
  const saved = `saves ${Math.round((1 - firsts.ratio) * 100)} %; claimed: 30 to 45 %`
  return [
    pairedRow(firsts, {
      name: `${where}: first request after precompileShaders`,
      unit: 'ms',
      beside: 'without it',
      aim: { text: saved, met: firsts.ratio <= 0.7 },
    }),
    pairedRow(
      pair(({ fromGetModelMs }) => fromGetModelMs),
      {
        name: `${where}: getModel and the first request`,
        unit: 'ms',
        beside: 'without it',
      },
    ),
  ]
}
