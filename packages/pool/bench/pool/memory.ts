// What four small models take together in one browser of the pool, beside a browser for each: proportional set sizes of the
// whole process trees, without the models' own bytes. Where a system has no such figure there is no row.
import { availableParallelism } from 'node:os'
import { type FoundBrowser, processTree } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row } from '@shoal/tools/bench'
import { BareLanes } from './BareLanes.ts'
import { inTurn } from './inTurn.ts'
import { fourModels, type KnownModel } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

const aim = 0.7

export async function memory(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  if (process.platform !== 'linux') {
    context.progress(`${where}: memory is read on Linux only, skipped`)
    return []
  }
  const models = await fourModels()
  const own = models.reduce((sum, { bytes }) => sum + bytes, 0)
  const many = Math.min(4, availableParallelism())
  const pooled = async (lanes: number) => {
    await using pool = await PoolUnderTest.start({ kind: found.kind, models, lanes })
    await pool.run(Array.from({ length: lanes * 2 }, () => models).flat())
    return mebibytes(await sizeOf(pool.pool.browsers().map(({ pid }) => pid)), lanes * own)
  }
  const seen = await inTurn(
    context,
    {
      oneLane: () => pooled(1),
      manyLanes: () => pooled(many),
      apart: async () => {
        await using rig = new AsyncDisposableStack()
        const pids: (number | undefined)[] = []
        for (const model of models) pids.push((await oneBrowser(rig, found, model)).pid)
        return mebibytes(await sizeOf(pids), own)
      },
    },
    { label: `${where}, memory`, rounds: 3, fewest: 1, budgetMs: 20_000, warmUp: 0 },
  )
  const row = (side: 'oneLane' | 'manyLanes', lanes: string): Row => {
    const pair = pairOf(seen[side], seen.apart)
    return pairedRow(pair, {
      name: `${where}: four models in the pool, ${lanes}: PSS without their bytes`,
      unit: 'MiB',
      beside: 'four browsers with one model and one lane each',
      aim: { text: `at most × ${aim}`, met: pair.ratio <= aim },
    })
  }
  return [row('oneLane', 'one lane'), row('manyLanes', `${many} lanes with all four each`)]
}

async function oneBrowser(
  rig: AsyncDisposableStack,
  found: FoundBrowser,
  model: KnownModel,
): Promise<BareLanes> {
  const bare = rig.use(await BareLanes.start({ found, models: [model], lanes: 1 }))
  await bare.run([model, model])
  return bare
}

async function sizeOf(pids: readonly (number | undefined)[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async pid => (pid === undefined ? undefined : (await processTree(pid)).pssBytes)),
  )
  return sizes.reduce<number>((sum, size) => sum + (size ?? Number.NaN), 0)
}

const mebibytes = (all: number, models: number) => (all - models) / 2 ** 20
