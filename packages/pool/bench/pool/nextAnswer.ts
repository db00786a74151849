// SIGKILL of a busy browser to the next right answer, of a pool that has this one browser alone: beside what nobody can do
// without, a bare launch of the same browser, a page, a lane, the model and one answer.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row, sampleOf } from '@shoal/tools/bench'
import { BareLanes } from './BareLanes.ts'
import { inTurn } from './inTurn.ts'
import { type KnownModel, textEncoder } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

const aim = 1.1

export async function nextAnswer(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  // Long enough to be at work when its browser is killed.
  const model = await textEncoder(256)
  const parts: Parts[] = []
  const seen = await inTurn(
    context,
    {
      // A fresh pool each time: one whose browser dies often waits longer before each restart.
      pool: async () => {
        await using pool = await PoolUnderTest.start({ kind: found.kind, models: [model], lanes: 1 })
        await pool.ask(model)
        const { tookMs, ...rest } = await killed(pool, model)
        parts.push(rest)
        return tookMs
      },
      bare: async () => {
        const startedAt = performance.now()
        await using bare = await BareLanes.start({ found, models: [model], lanes: 1 })
        await bare.run([model])
        return performance.now() - startedAt
      },
    },
    { label: `${where}, SIGKILL`, rounds: 7, budgetMs: 40_000 },
  )
  const pair = pairOf(seen.pool, seen.bare)
  const middle = (of: (part: Parts) => number) => Math.round(sampleOf(parts.slice(1).map(of)).median)
  return [
    pairedRow(pair, {
      name: `${where}: SIGKILL to the next right answer, no spare`,
      unit: 'ms',
      beside: 'a bare launch, load and answer',
      aim: {
        text: `at most × ${aim}; browser back after ${middle(part => part.launchedMs)} ms, page after ${middle(part => part.pageMs)} ms, model after ${middle(part => part.loadedMs)} ms`,
        met: pair.ratio <= aim,
      },
    }),
  ]
}

/** When each part of a recovery was over, in milliseconds after the kill. */
interface Parts {
  readonly launchedMs: number
  readonly pageMs: number
  readonly loadedMs: number
}

/** Kills the browser under a request that runs, and waits for that request's answer. */
async function killed(pool: PoolUnderTest, model: KnownModel): Promise<Parts & { readonly tookMs: number }> {
  const answer = pool.ask(model)
  const busy = await until(() =>
    pool.pool.browsers().find(({ running, pid }) => running > 0 && pid !== undefined),
  )
  const startedAt = performance.now()
  process.kill(busy.pid ?? Number.NaN, 'SIGKILL')
  const since = () => performance.now() - startedAt
  const [launchedMs, pageMs, loadedMs, tookMs] = await Promise.all([
    until(() => pool.pool.browsers().find(({ pid }) => pid !== undefined && pid !== busy.pid)).then(since),
    until(() =>
      pool.pool.browsers().find(({ pid, connections }) => pid !== busy.pid && connections.length > 0),
    ).then(since),
    until(() => pool.pool.browsers().find(({ pid, running }) => pid !== busy.pid && running > 0)).then(since),
    answer.then(since),
  ])
  if ((await answer).timing.attempts < 2)
    throw new Error('the request was answered before its browser was killed')
  return { tookMs, launchedMs, pageMs, loadedMs }
}

async function until<A>(look: () => A | undefined): Promise<A> {
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
