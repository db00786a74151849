// What compute shaders bring an audio encoder: its runs on WebGPU beside its runs on WASM, in the same kind of browser. On an
// adapter that is the processor `computeShaders` is refused; then this shows that the answers are right there, and what the
// refusal spares, which says nothing of any graphics card.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import { inTurn } from './inTurn.ts'
import { audioEncoder } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

export async function computeShaders(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
): Promise<Row[]> {
  const model = await audioEncoder(1_000)
  await using wasm = await PoolUnderTest.start({ kind: found.kind, models: [model], lanes: 1 })
  await using webgpu = await PoolUnderTest.start({ kind: found.kind, models: [], lanes: 1 })
  try {
    await webgpu.load(model, { platform: 'webgpu' })
  } catch (error) {
    context.progress(`${where}: skipped: ${error instanceof Error ? error.message : String(error)}`)
    return []
  }
  let adapter = 'none'
  const computeMs = async (pool: PoolUnderTest): Promise<number> => {
    const { timing, placement } = await pool.ask(model)
    if (pool === webgpu) adapter = placement.adapter
    return timing.computeMs
  }
  const seen = await inTurn(
    context,
    { webgpu: () => computeMs(webgpu), wasm: () => computeMs(wasm) },
    { label: `${where}, ${model.name}`, rounds: 30, fewest: 5, budgetMs: 20_000, warmUp: 3 },
  )
  const pair = pairOf(seen.webgpu, seen.wasm)
  const isSoftware = adapter === 'software'
  return [
    pairedRow(pair, {
      name: isSoftware
        ? `${where}, ${model.name}, WebGPU on a software adapter, where computeShaders is refused (right answers; no speed of a graphics card)`
        : `${where}, ${model.name}, computeShaders`,
      unit: 'ms',
      beside: 'WASM, one thread',
      ...(isSoftware ? {} : { aim: { text: 'faster', met: pair.ratio < 1 } }),
    }),
  ]
}
