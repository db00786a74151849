// One run of the whole pool over simulated browsers on a virtual clock: loads, faults and delays from a seed, and what
// was found wrong at the end. Everything above the bridge is the real thing: ledger, dispatcher, supervision tree,
// models, breakers, scaler. In half of the runs three models share pages that have room for two, and models that nobody uses
// are unloaded.

import { statSync } from 'node:fs'
import type { ModelStore } from '@shoal/model-store'
import { vi } from 'vitest'
import { Chance } from './Chance.ts'
import type { SimulatedBridge } from './SimulatedBridge.ts'
import { startSimulatedPool, until } from './SimulatedPool.ts'

export interface SimulationOptions {
  readonly seed: number
  readonly store: ModelStore
  /** The model's file. */
  readonly model: string
  readonly requests: number
}

export interface SimulationResult {
  /** What broke a rule; empty where none was broken. */
  readonly violations: readonly string[]
  readonly answered: number
  readonly failures: Readonly<Record<string, number>>
  readonly faults: number
  readonly rerun: number
  /** Times that a model was loaded. */
  readonly loads: number
}

/** The value that kills whoever works on it. */
const poison = 666_666

const deadlineMs = 20_000
const lastFaultAt = 30_000

export async function simulate({
  seed,
  store,
  model: file,
  requests,
}: SimulationOptions): Promise<SimulationResult> {
  const chance = new Chance(seed)
  // Of the supervisors' back-off, which has jitter.
  const jitter = new Chance(seed + 1)
  const random = vi.spyOn(Math, 'random').mockImplementation(() => jitter.next())
  const warmSpare = chance.is(0.4)
  // In half of the runs three models share pages that hold two.
  const crowded = chance.is(0.5)
  const idleUnloadMs = chance.of([undefined, 400, 3000])
  const bytes = statSync(file).size
  const { parts, bridge, models, close } = await startSimulatedPool({
    store,
    model: file,
    models: crowded ? 3 : 1,
    pool: {
      ...(crowded ? { memory: { perPage: 3 * bytes } } : {}),
      ...(idleUnloadMs === undefined ? {} : { idleUnloadMs }),
      minConnections: chance.whole(1, 2),
      maxConnections: chance.whole(2, 5),
      pagesPerBrowser: chance.whole(1, 3),
      maxQueue: chance.of([20, 1000]) ?? 1000,
      deadlineMs,
      scaling: { coolDownMs: 2000, warmSpare },
    },
    bridge: {
      chance,
      serviceMs: chance.between(10, 150),
      trouble: { failure: chance.of([0, 0, 0.01, 0.05]) ?? 0, hang: chance.of([0, 0, 0.005]) ?? 0 },
      poison,
    },
  })

  const ends = new Map<number, string[]>()
  let open = 0
  const ask = (number: number) => {
    open++
    const asked = number === 0 ? poison : number
    const ended: string[] = []
    ends.set(asked, ended)
    chance
      .of(models)
      ?.run(
        { tensors: { x: { dtype: 'float32', dims: [1, 1], data: Float32Array.of(asked) } } },
        { priority: chance.whole(0, 2) },
      )
      .then(
        ({ output }) => ended.push(output['y']?.data[0] === asked ? 'answered' : 'wrong'),
        (error: { readonly _tag?: string }) => ended.push(error._tag ?? String(error)),
      )
      .finally(() => open--)
  }
  let next = 1
  let faults = 0
  const meanGapMs = chance.between(20, 300)
  const arrive = () => {
    if (next > requests) return
    ask(next++)
    setTimeout(arrive, chance.after(meanGapMs))
  }
  setTimeout(arrive, 1)
  if (chance.is(0.3)) setTimeout(() => ask(0), chance.between(0, 5000))
  const startAt = performance.now()
  const strike = () => {
    if (performance.now() - startAt > lastFaultAt) return
    faults += strikeOnce(chance, bridge) ? 1 : 0
    setTimeout(strike, chance.after(4000))
  }
  setTimeout(strike, chance.after(2000))
  await until(() => next > requests && open === 0, 'the last end')

  const violations = rulesBroken(ends, parts.ledger.counts(), bridge)
  if (crowded && bridge.allPages.some(({ mostModels }) => mostModels > 2))
    violations.push('a page held more models than it has room for')
  if (bridge.allPages.some(({ strayRuns }) => strayRuns > 0))
    violations.push('a lane was given a model that it had not')
  const { rerun } = parts.ledger.counts()
  await close()
  random.mockRestore()
  if (bridge.browsers.size + bridge.pages.size > 0) violations.push('browsers were left behind')
  const tags = [...ends.values()].flat()
  return {
    violations,
    answered: tags.filter(tag => tag === 'answered').length,
    failures: countBy(tags.filter(tag => tag !== 'answered')),
    faults,
    rerun,
    loads: bridge.allPages.reduce((sum, page) => sum + page.loads, 0),
  }
}

function strikeOnce(chance: Chance, bridge: SimulatedBridge): boolean {
  const [browser, page] = [chance.of([...bridge.browsers]), chance.of([...bridge.pages])]
  switch (chance.of(['browser', 'page', 'slow', 'lane', 'ail'])) {
    case 'browser':
      browser?.end('crashed')
      return browser !== undefined
    case 'page':
      page?.die('simulated: its page crashed')
      return page !== undefined
    case 'lane':
      page?.lanes[0]?.close()
      return page !== undefined
    case 'ail': {
      const ailment = chance.of(['fails', 'slow'] as const)
      const cure = chance.of(['reload', 'browser', 'replacement'] as const)
      if (page === undefined || ailment === undefined || cure === undefined) return false
      bridge.ail(page, ailment, cure)
      return true
    }
    default:
      if (page === undefined) return false
      page.slowness = 10
      setTimeout(
        () => {
          page.slowness = 1
        },
        chance.between(1000, 8000),
      )
      return true
  }
}

const typed = new Set(['DeadlineExceeded', 'Overloaded', 'PoisonRequest', 'RemoteFailed', 'ModelUnplaceable'])

function rulesBroken(
  ends: ReadonlyMap<number, readonly string[]>,
  counts: {
    readonly accepted: number
    readonly answered: number
    readonly failed: number
    readonly refused: number
  },
  bridge: SimulatedBridge,
): string[] {
  const broken: string[] = []
  const given = new Map<number, number>()
  for (const number of bridge.allPages.flatMap(({ answered }) => answered))
    given.set(number, (given.get(number) ?? 0) + 1)
  for (const [number, ended] of ends) {
    if (ended.length !== 1) broken.push(`request ${number} ended ${ended.length} times: ${ended.join(', ')}`)
    const [end = 'never'] = ended
    if (end === 'wrong') broken.push(`request ${number} got another's answer`)
    if (end === 'answered' && !given.has(number)) broken.push(`request ${number} was answered by nobody`)
    if (end !== 'answered' && end !== 'wrong' && !typed.has(end))
      broken.push(`request ${number} ended as ${end}`)
    if (number === poison && end === 'answered') broken.push('the poison request was answered')
  }
  const { accepted, answered, failed, refused } = counts
  // Where every page ails at once no connection is left that holds the model; what is asked for then gets no further.
  const unplaceable = [...ends.values()].flat().filter(end => end === 'ModelUnplaceable').length
  const uncounted = ends.size - accepted - refused
  if (uncounted < 0 || uncounted > unplaceable)
    broken.push(`${ends.size} asked, ${accepted} + ${refused} counted, ${unplaceable} unplaceable`)
  if (accepted !== answered + failed) broken.push(`${accepted} accepted, ${answered} + ${failed} ended`)
  return broken
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
