// SIGKILL of a busy browser to the next right answer, in a pool that has this one browser alone and in one with a warm
// spare: beside what nobody can do without, a bare launch of the same browser, a page, a lane, the model and one answer.
// Of two models: one whose own computing is most of an answer, and one of which it is next to nothing, so that what is
// left is the recovery.
import type { FoundBrowser } from '@shoal/browser-bridge'
import { type BenchContext, pairedRow, pairOf, type Row, sampleOf } from '@shoal/tools/bench'
import type { PoolOptions, RunAnswer } from '../../src/index.ts'
import { BareLanes } from './BareLanes.ts'
import { inTurn } from './inTurn.ts'
import { type KnownModel, textEncoder } from './KnownModel.ts'
import { PoolUnderTest } from './PoolUnderTest.ts'

const aim = { alone: 1.1, spare: 0.1 }

/** As many as one lane takes: it is at work whenever it is killed, and a spare has nothing to do before. */
const clients = 2

export async function nextAnswer(context: BenchContext, found: FoundBrowser, where: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const tokens of [256, 8])
    rows.push(...(await measure(context, found, where, await textEncoder(tokens), `${tokens} tokens`)))
  return rows
}

async function measure(
  context: BenchContext,
  found: FoundBrowser,
  where: string,
  model: KnownModel,
  which: string,
): Promise<Row[]> {
  const parts: { alone: Parts[]; spare: Parts[] } = { alone: [], spare: [] }
  // A fresh pool each time: one whose browser dies often waits longer before each restart.
  const killedIn = async (side: 'alone' | 'spare', lanes: number, options: PoolOptions) => {
    await using pool = await PoolUnderTest.start({ kind: found.kind, models: [model], lanes, pool: options })
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
    { label: `${where}, SIGKILL, ${which}`, rounds: 5, fewest: 2, budgetMs: 25_000, warmUp: 0 },
  )
  const row = (side: 'alone' | 'spare', name: string, why: string): Row => {
    const pair = pairOf(seen[side], seen.bare)
    return pairedRow(pair, {
      name: `${where}: SIGKILL to the next right answer of ${which}, ${name}`,
      unit: 'ms',
      beside: 'a bare launch, load and answer',
      aim: { text: `at most × ${aim[side]}; ${why}`, met: pair.ratio <= aim[side] },
    })
  }
  const middle = (side: 'alone' | 'spare', of: (part: Parts) => number) =>
    Math.round(sampleOf(parts[side].map(of)).median)
  const legs = (side: 'alone' | 'spare') =>
    `another lane has it after ${middle(side, part => part.takenMs)} ms, ${middle(side, part => part.wayMs)} ms of way, computing ${middle(side, part => part.computeMs)} ms (${middle(side, part => part.usualMs)} ms before)`
  return [row('alone', 'no spare', legs('alone')), row('spare', 'with a warm spare', legs('spare'))]
}

/** The parts of a recovery, in milliseconds. */
interface Parts {
  /** From the kill to the answer. */
  readonly tookMs: number
  /** From the kill until a lane that lives had the request. */
  readonly takenMs: number
  /** There and back, and behind other work on that lane. */
  readonly wayMs: number
  /** In that lane. */
  readonly computeMs: number
  /** Of an answer in the calm before. */
  readonly usualMs: number
}

/** Kills the browser under requests that run, one after the other, and waits for the first that another one answers. */
async function killed(under: PoolUnderTest, model: KnownModel): Promise<Parts> {
  const usualMs: number[] = []
  let dead: { readonly browser: string; readonly at: number } | undefined
  const next = Promise.withResolvers<Parts>()
  let isOver = false
  const client = async () => {
    while (!isOver) {
      const acceptedAt = performance.now()
      const { timing, placement }: RunAnswer = await under.ask(model)
      if (dead === undefined) usualMs.push(timing.computeMs)
      else if (placement.browserId !== dead.browser || timing.attempts > 1) {
        isOver = true
        next.resolve({
          tookMs: performance.now() - dead.at,
          takenMs: Math.max(0, acceptedAt + timing.queueMs - dead.at),
          wayMs: timing.transferMs + timing.laneQueueMs,
          computeMs: timing.computeMs,
          usualMs: sampleOf(usualMs).median,
        })
      }
    }
  }
  const running = Promise.all(Array.from({ length: clients }, client))
  await Promise.race([running, until(() => usualMs.length >= 10 || undefined)])
  const busy = await until(() =>
    under.pool.browsers().find(({ running, pid }) => running > 0 && pid !== undefined),
  )
  dead = { browser: busy.id, at: performance.now() }
  process.kill(busy.pid ?? Number.NaN, 'SIGKILL')
  const [parts] = await Promise.all([next.promise, running])
  return parts
}

async function until<A>(look: () => A | undefined): Promise<A> {
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
