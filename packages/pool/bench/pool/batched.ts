// Requests that wait together, run together: throughput of a small text encoder with batching on, beside the same with
// batching off, on lanes of one WASM thread.
import { availableParallelism } from 'node:os'
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import { inTurn } from './inTurn.ts'
import { textEncoder } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

/** Requests of a round, all asked for at once. */
const total = 64

export async function batched(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const tokens of [8, 64]) {
    const model = await textEncoder(tokens)
    const lanes = Math.min(4, availableParallelism())
    const start = (batching: boolean) =>
      PoolUnderTest.start({ kind: found.kind, models: [model], lanes, spec: { batching } })
    await using together = await start(true)
    await using alone = await start(false)
    const work = Array.from({ length: total }, () => model)
    const rate = async (pool: PoolUnderTest) => (total * 1000) / (await pool.run(work)).wallMs
    const seen = await inTurn(
      context,
      { together: () => rate(together), alone: () => rate(alone) },
      { label: `${where}, batches`, rounds: 9, budgetMs: 10_000 },
    )
    rows.push(
      pairedRow(pairOf(seen.together, seen.alone), {
        name: `${where}: ${total} requests at once, ${model.name}, batches of 8 at most`,
        unit: 'requests/s',
        beside: 'without batches',
      }),
    )
  }
  return rows
}
