// Four models at once on one browser's lanes, as many as there are cores: beside the same requests one after the other,
// and beside the same lanes without a pool.
import { availableParallelism } from 'node:os'
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row, sampleOf } from '@shoal/tools/bench'
import { BareLanes, type Round } from './BareLanes.ts'
import { inTurn } from './inTurn.ts'
import { fourModels, type KnownModel } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

/** Requests of each model in one round. */
const each = 15
const aim = 0.95

export async function fourAtOnce(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  const models = await fourModels()
  const lanes = Math.min(4, availableParallelism())
  await using bare = await BareLanes.start({ found, models, lanes })
  await using pool = await PoolUnderTest.start({ kind: found.kind, models, lanes })
  // In turn, as requests of four callers come.
  const work: KnownModel[] = Array.from({ length: each }, () => models).flat()
  const seen = await inTurn(
    context,
    { atOnce: () => pool.run(work), bare: () => bare.run(work), serially: () => pool.runSerially(work) },
    { label: `${where}, four at once`, rounds: 11, fewest: 5, budgetMs: 30_000 },
  )
  const rates = (rounds: readonly Round[]) => rounds.map(({ wallMs }) => (work.length * 1000) / wallMs)
  const busy = (rounds: readonly Round[]) =>
    `${Math.round(sampleOf(rounds.map(({ busyShare }) => busyShare)).median * 100)} %`
  const besideBare = pairOf(rates(seen.atOnce), rates(seen.bare))
  const shares = `lanes computed ${busy(seen.atOnce)} of the time, bare ones ${busy(seen.bare)}`
  const unit = 'requests/s'
  return [
    pairedRow(pairOf(rates(seen.atOnce), rates(seen.serially)), {
      name: `${where}: four models at once, ${lanes} lanes`,
      unit,
      beside: 'one request after the other',
    }),
    pairedRow(besideBare, {
      name: `${where}: four models at once, ${lanes} lanes`,
      unit,
      beside: 'the bare lanes’ sum',
      aim: { text: `at least × ${aim}; ${shares}`, met: besideBare.ratio >= aim },
    }),
  ]
}
