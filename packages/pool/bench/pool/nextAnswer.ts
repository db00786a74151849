// SIGKILL of a busy browser to the next right answer, in a pool that has this one browser alone and in one with a warm
// spare: beside what nobody can do without, a bare launch of the same browser, a page, a lane, the model and one answer.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row, sampleOf } from '@shoal/tools/bench'
import type { PoolOptions } from '../../src/index.ts'
import { BareLanes } from './BareLanes.ts'
import { inTurn } from './inTurn.ts'
import { type KnownModel, textEncoder } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

const aim = { alone: 1.1, spare: 0.1 }

export async function nextAnswer(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  // Long enough to be at work when its browser is killed.
  const model = await textEncoder(256)
  const parts: { alone: Parts[]; spare: Parts[] } = { alone: [], spare: [] }
  // A fresh pool each time: one whose browser dies often waits longer before each restart.
  const killedIn = async (side: 'alone' | 'spare', lanes: number, options: PoolOptions) => {
    await using pool = await PoolUnderTest.start({ kind: found.kind, models: [model], lanes, pool: options })
    await pool.ask(model)
    const part = await killed(pool, model)
    parts[side].push(part)
    return part.tookMs
  }
  const seen = await inTurn(
    context,
    {
      alone: () => killedIn('alone', 1, {}),
      spare: () => killedIn('spare', 2, { scaling: { warmSpare: true } }),
      bare: async () => {
        const startedAt = performance.now()
        await using bare = await BareLanes.start({ found, models: [model], lanes: 1 })
        await bare.run([model])
        return performance.now() - startedAt
      },
    },
    { label: `${where}, SIGKILL`, rounds: 5, fewest: 2, budgetMs: 25_000, warmUp: 0 },
  )
  const row = (side: 'alone' | 'spare', name: string, why: string): Row => {
    const pair = pairOf(seen[side], seen.bare)
    return pairedRow(pair, {
      name: `${where}: SIGKILL to the next right answer, ${name}`,
      unit: 'ms',
      beside: 'a bare launch, load and answer',
      aim: { text: `at most × ${aim[side]}; ${why}`, met: pair.ratio <= aim[side] },
    })
  }
  const middle = (side: 'alone' | 'spare', of: (part: Parts) => number) =>
    Math.round(sampleOf(parts[side].map(of)).median)
  const after = (of: (part: Parts) => number) => `after ${middle('alone', of)} ms`
  return [
    row(
      'alone',
      'no spare',
      `browser back ${after(part => part.launchedMs)}, page ${after(part => part.pageMs)}, at work again ${after(part => part.workingMs)}`,
    ),
    row('spare', 'with a warm spare', `computing ${middle('spare', part => part.computeMs)} ms of it`),
  ]
}

/** When each part of a recovery was over, in milliseconds after the kill. */
interface Parts {
  readonly launchedMs: number
  readonly pageMs: number
  readonly workingMs: number
  readonly tookMs: number
  /** Of the answer, in its lane. */
  readonly computeMs: number
}

/** Kills the browser under a request that runs, and waits for that request's answer. */
async function killed(under: PoolUnderTest, model: KnownModel): Promise<Parts> {
  const browsers = () => under.pool.browsers()
  const answering = under.ask(model)
  const busy = await until(() => browsers().find(({ running, pid }) => running > 0 && pid !== undefined))
  const startedAt = performance.now()
  process.kill(busy.pid ?? Number.NaN, 'SIGKILL')
  const since = () => performance.now() - startedAt
  /** The others, and the one that takes its place. */
  const fresh = () => browsers().filter(({ pid }) => pid !== undefined && pid !== busy.pid)
  const [launchedMs, pageMs, workingMs, tookMs] = await Promise.all([
    until(() => fresh()[0]).then(since),
    until(() => fresh().find(({ connections }) => connections.length > 0)).then(since),
    until(() => fresh().find(({ running }) => running > 0)).then(since),
    answering.then(since),
  ])
  const { attempts, computeMs } = (await answering).timing
  if (attempts < 2) throw new Error('the request was answered before its browser was killed')
  return { launchedMs, pageMs, workingMs, tookMs, computeMs }
}

async function until<A>(look: () => A | undefined): Promise<A> {
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
