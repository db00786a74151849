// `npm run bench -- actors`: what an actor of core costs, beside the same machine in plain XState, beside nact, and
// beside a queue and a fiber of Effect.

import { type Bench, type BenchContext, type PairedRow, pairedRow, type Row } from '@shoal/tools/bench'
import type { Actors, Contender } from './contenders/Contender.ts'
import { effectCallback } from './contenders/effectCallback.ts'
import { contenders } from './contenders/index.ts'
import { plainXState } from './contenders/plainXState.ts'
import { effectFace, eventsSeen, inspected, promiseFace } from './contenders/shoal.ts'
import { idleBytes } from './idleBytes.ts'
import { interleaved, perSecond, type Turn } from './interleaved.ts'

interface Aim {
  readonly text: string
  readonly holds: (ratio: number) => boolean
}

const atLeast = (least: number): Aim => ({
  text: `at least ${least} × plain XState`,
  holds: ratio => ratio >= least,
})
const atMost = (most: number): Aim => ({
  text: `at most ${most} × plain XState`,
  holds: ratio => ratio <= most,
})
const inspectionAim: Aim = { text: 'inspection costs at most 30 %', holds: ratio => ratio >= 0.7 }

/** A row for each contender beside the first; the aim is about the one named `aimed`. */
async function rows(
  context: BenchContext,
  about: Pick<PairedRow, 'name' | 'unit'>,
  rounds: number,
  turns: readonly [Turn, ...Turn[]],
  aim?: { readonly beside: string; readonly aim: Aim },
): Promise<Row[]> {
  const pairs = await interleaved(context, about.name, rounds, turns)
  return [...pairs].map(([beside, pair]) => {
    const aimed = aim?.beside === beside ? aim.aim : undefined
    return pairedRow(pair, {
      ...about,
      beside,
      ...(aimed && { aim: { text: aimed.text, met: aimed.holds(pair.ratio) } }),
    })
  })
}

/** Starts actors of each contender, and measures the same work on all. */
async function withActors(
  chosen: readonly [Contender, ...Contender[]],
  count: number,
  work: (turns: readonly [Turn, ...Turn[]]) => Promise<Row[]>,
  measure: (actors: Actors) => Promise<number>,
): Promise<Row[]> {
  await using running = new AsyncDisposableStack()
  const turns: Turn[] = []
  for (const contender of chosen) {
    const actors = running.use(await contender.start(count))
    turns.push({ name: contender.name, measure: () => measure(actors) })
  }
  // Awaited here: the actors are disposed of when this returns.
  return await work(turns as [Turn, ...Turn[]])
}

const beside = (aim: Aim) => ({ beside: plainXState.name, aim })

async function run(context: BenchContext): Promise<readonly Row[]> {
  const all: Row[] = []
  const messages = 2_000
  const send = (actors: Actors, count: number) => perSecond(count, () => actors.send(count))
  const ask = (actors: Actors) => perSecond(300, () => actors.ask(300))
  all.push(
    ...(await withActors(
      contenders,
      1,
      turns =>
        rows(context, { name: 'messages, 1 actor', unit: 'messages/s' }, 120, turns, beside(atLeast(0.9))),
      actors => send(actors, messages),
    )),
    ...(await withActors(
      contenders,
      1000,
      turns =>
        rows(
          context,
          { name: 'messages, 1,000 actors', unit: 'messages/s' },
          30,
          turns,
          beside(atLeast(0.9)),
        ),
      actors => send(actors, 5_000),
    )),
    ...(await withActors(
      [...contenders, effectCallback],
      1,
      turns => rows(context, { name: 'asks, Effect face', unit: 'asks/s' }, 120, turns, beside(atLeast(0.8))),
      ask,
    )),
    ...(await withActors(
      [promiseFace, plainXState],
      1,
      turns =>
        rows(context, { name: 'asks, Promise face', unit: 'asks/s' }, 120, turns, beside(atLeast(0.8))),
      ask,
    )),
  )
  const seen = eventsSeen()
  const off = { beside: effectFace.name, aim: inspectionAim }
  all.push(
    ...(await withActors(
      [inspected, effectFace],
      1,
      turns => rows(context, { name: 'messages, inspection on', unit: 'messages/s' }, 120, turns, off),
      actors => send(actors, messages),
    )),
  )
  if (eventsSeen() === seen) throw new Error('the inspection listener was told nothing')
  all.push(
    ...(await rows(
      context,
      { name: 'spawn + stop', unit: 'actors/s' },
      30,
      contenders.map(contender => ({
        name: contender.name,
        measure: () => perSecond(200, () => contender.spawnAndStop(200)),
      })) as [Turn, ...Turn[]],
    )),
    ...(await withActors(
      contenders,
      1,
      turns => rows(context, { name: 'restart, until it answers', unit: 'µs' }, 30, turns),
      async actors => 1e6 / (await perSecond(50, () => actors.crash(50))),
    )),
    ...(await rows(
      context,
      { name: 'idle actor of 100,000', unit: 'bytes' },
      3,
      contenders.map(contender => ({
        name: contender.name,
        measure: () => idleBytes(contender, 100_000),
      })) as [Turn, ...Turn[]],
      beside(atMost(1.3)),
    )),
  )
  return all
}

export const bench: Bench = {
  name: 'actors',
  description: 'core beside plain XState, nact, and an Effect Queue with a fiber',
  run,
}
