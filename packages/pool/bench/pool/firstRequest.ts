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

export function firstRequest(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  return measure(context, found, `${where}, WASM`, 'wasm')
}

/**
 * On this machine's adapter, which may be the processor. Then it shows that the answers are right with and without, and
 * nothing of how fast either is: the rows say so, and have no aim.
 */
export async function firstOnWebGpu(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
): Promise<Row[]> {
  try {
    return await measure(context, found, `${where}, WebGPU`, 'webgpu')
  } catch (error) {
    context.progress(`${where}: skipped: ${error instanceof Error ? error.message : String(error)}`)
    return []
  }
}

async function measure(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
  platform: NonNullable<ModelSpec['platform']>,
): Promise<Row[]> {
  const model = await textEncoder(32)
  let adapter = 'none'
  const first = async (precompileShaders: boolean): Promise<First> => {
    await using pool = await PoolUnderTest.start({ kind: found.kind, models: [], lanes: 1 })
    const startedAt = performance.now()
    await pool.load(model, { platform, optimizations: { precompileShaders } })
    const { timing, placement } = await pool.ask(model)
    adapter = placement.adapter
    return { firstMs: timing.totalMs, fromGetModelMs: performance.now() - startedAt }
  }
  const seen = await inTurn(
    context,
    { warm: () => first(true), cold: () => first(false) },
    { label: `${where}, first request`, rounds: 7, fewest: 2, budgetMs: 15_000, warmUp: 0 },
  )
  const isSoftware = adapter === 'software'
  const at = isSoftware ? `${where} on a software adapter (correctness only)` : where
  const pair = (of: (first: First) => number) => pairOf(seen.warm.map(of), seen.cold.map(of))
  const firsts = pair(({ firstMs }) => firstMs)
  const saved = `saves ${Math.round((1 - firsts.ratio) * 100)} %; aim: at least 30 %`
  return [
    pairedRow(firsts, {
      name: `${at}: first request after precompileShaders`,
      unit: 'ms',
      beside: 'without it',
      ...(isSoftware ? {} : { aim: { text: saved, met: firsts.ratio <= 0.7 } }),
    }),
    pairedRow(
      pair(({ fromGetModelMs }) => fromGetModelMs),
      {
        name: `${at}: getModel and the first request`,
        unit: 'ms',
        beside: 'without it',
      },
    ),
  ]
}
