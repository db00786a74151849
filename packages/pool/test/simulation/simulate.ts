// One run of the whole pool over simulated browsers on a virtual clock: loads, faults and delays from a seed, and what
// was found wrong at the end. Everything above the bridge is the real thing: ledger, dispatcher, supervision tree,
// models, breakers, scaler. In half of the runs three models share pages that have room for two, and models that nobody uses
// are unloaded; in half, an alias is given to other models while requests of it wait and run; in some, models take unlike times
// and a cheap one is asked in a loop; in a third, requests go together; some are answered in parts; models come and go
// meanwhile, loads kill pages, callers give up, pages are recycled, memory runs short, the pool is closed under load. What must
// hold is rulesBroken.ts's and Turns.ts's. No devices join: those come by a host, and there is none.

import { statSync } from 'node:fs'
import type { ModelStore } from '@shoal/model-store'
import { vi } from 'vitest'
import { PoolClosed } from '../../src/errors.ts'
import type { ModelHandle } from '../../src/Model.ts'
import { Aliased } from './Aliased.ts'
import { Chance } from './Chance.ts'
import { type Recorded, recorded } from './recorded.ts'
import { rulesBroken } from './rulesBroken.ts'
import { come, hold, nameOf, type SimulatedPool, startSimulatedPool, until } from './SimulatedPool.ts'
import { strikeOnce } from './strikeOnce.ts'

export interface SimulationOptions {
  readonly seed: number
  readonly store: ModelStore
  /** The model's file. */
  readonly model: string
  readonly requests: number
  /** Whether there is an alias. Default: in half of the runs, by the seed. */
  readonly aliased?: boolean
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
  /** Requests that were answered in parts, and such as shared their run with others. */
  readonly inParts: number
  readonly together: number
  /** Times that an alias was given to another model, and times that it could not be and stayed. */
  readonly moved: number
  readonly stayed: number
  /** Times that one who had asked for a model by an alias left before there was one. */
  readonly left: number
}

/** The value that kills whoever works on it. */
const poison = 666_666
/** The one that is asked when all is over, and the one that is then asked by the alias. */
const [lastNumber, lastOfAlias] = [777_777, 888_888]
/** What is asked by the alias carries numbers from here on; what it stands for has names from here on. */
const [firstOfAlias, aliasNames] = [500_000, 200]
/** What is asked in a loop carries numbers from here on, so many of them. */
const [firstOfLoop, loopedRequests] = [300_000, 200]

const deadlineMs = 20_000
const lastFaultAt = 30_000
const machineBytes = 16 * 2 ** 30

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const chance = new Chance(options.seed)
  // Of the supervisors' back-off, which has jitter.
  const jitter = new Chance(options.seed + 1)
  const random = vi.spyOn(Math, 'random').mockImplementation(() => jitter.next())
  try {
    return await run(options, chance)
  } finally {
    random.mockRestore()
  }
}

async function run(
  { seed, store, model: file, requests, aliased }: SimulationOptions,
  chance: Chance,
): Promise<SimulationResult> {
  const warmSpare = chance.is(0.4)
  // In half of the runs three models share pages that hold two.
  const crowded = chance.is(0.5)
  const idleUnloadMs = chance.of([undefined, 400, 3000])
  // Of its own stream, so that the others are what they were.
  const more = new Chance(seed + 3)
  const unequal = more.is(0.4)
  let cheap: string | undefined
  const maxConnections = chance.whole(2, 5)
  const asked = more.is(1 / 3)
    ? { batching: { maxSize: more.whole(2, 8), maxDelayMs: more.of([0, 0, 40]) ?? 0 } }
    : {}
  const bytes = statSync(file).size
  let usedShare = 0.1
  const pool = await startSimulatedPool({
    store,
    model: file,
    models: crowded || unequal ? 3 : 1,
    asked,
    pool: {
      ...(crowded ? { memory: { perPage: 3 * bytes } } : {}),
      ...(idleUnloadMs === undefined ? {} : { idleUnloadMs }),
      minConnections: chance.whole(1, 2),
      maxConnections,
      pagesPerBrowser: chance.whole(1, 3),
      maxQueue: chance.of([20, 1000]) ?? 1000,
      deadlineMs,
      scaling: { coolDownMs: 2000, warmSpare },
      recycle: chance.of([{}, {}, { afterRuns: 15 }, { afterMs: 4000 }]) ?? {},
    },
    bridge: {
      chance,
      serviceMs: chance.between(10, 150),
      trouble: {
        failure: chance.of([0, 0, 0.01, 0.05]) ?? 0,
        hang: chance.of([0, 0, 0.005]) ?? 0,
        loadDeath: more.of([0, 0, 0.3]) ?? 0,
      },
      ...(unequal ? { paceOf: unlikePaces(more, () => cheap) } : {}),
      poison,
    },
    resources: async () => ({
      cores: 8,
      cpuBusy: 0.2,
      usedBytes: usedShare * machineBytes,
      limitBytes: machineBytes,
      browserBytes: undefined,
      browserBytesAre: 'PSS',
    }),
  })
  const { parts, bridge } = pool
  const models = [...pool.models]
  const record = recorded(pool)

  const looped = unequal ? more.of(models) : undefined
  cheap = looped?.held.id
  let next = 1
  let faults = 0
  let troubledUntil = performance.now() + lastFaultAt
  /** What waits for real input or output: virtual time stands still meanwhile. */
  const tasks: (() => Promise<void>)[] = []
  let coming = 0
  const every = (meanMs: number, act: () => void) => {
    const again = () => {
      if (performance.now() > troubledUntil) return
      act()
      setTimeout(again, chance.after(meanMs))
    }
    setTimeout(again, chance.after(meanMs))
  }
  const meanGapMs = chance.between(20, 300)
  const arrive = () => {
    if (next > requests) return
    // What is asked of the cheap one besides would make it wait as others do.
    const open = models.filter(({ held }) => held.id !== cheap)
    void record.ask(chance.of(open), next++, { chance, isStreamed: more.is(0.15) })
    setTimeout(arrive, chance.after(meanGapMs))
  }
  setTimeout(arrive, 1)
  if (chance.is(0.3))
    setTimeout(() => void record.ask(chance.of(models), poison, { chance }), chance.between(0, 5000))
  every(4000, () => {
    faults += strikeOnce(chance, bridge) ? 1 : 0
  })
  if (chance.is(0.5)) {
    let names = models.length
    const bring = async () => {
      coming++
      const { coming: handle } = await hold(parts, nameOf(file, names++), asked)
      const there = (come: ModelHandle) => void models.push(come)
      void handle.then(there, () => {}).finally(() => coming--)
    }
    const release = () => {
      coming++
      void models[chance.whole(0, models.length - 1)]?.release().finally(() => coming--)
    }
    every(3000, () => (chance.is(0.6) ? tasks.push(bring) : release()))
  }
  if (chance.is(0.3)) {
    every(5000, () => {
      usedShare = chance.of([0.1, 0.85, 0.95, 1]) ?? 0.1
    })
    // Memory comes back when the faults are over: what is to be loaded waits for it as long as it is asked for.
    setTimeout(() => {
      usedShare = 0.1
    }, lastFaultAt)
  }
  if (looped) {
    let number = firstOfLoop
    const loop = async (): Promise<void> => {
      while (performance.now() < troubledUntil && number < firstOfLoop + loopedRequests) {
        const end = await record.ask(looped, number++)
        if (end !== 'answered') await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    // As many as all lanes take, and one that waits.
    const loops = 2 * maxConnections + 1
    setTimeout(
      () => {
        for (let at = 0; at < loops; at++) void loop()
      },
      more.between(0, 5000),
    )
  }
  let isClosing = false
  if (chance.is(0.2)) {
    setTimeout(
      () => {
        isClosing = true
      },
      chance.between(500, 15_000),
    )
  }
  // Of its own stream, so that the runs without an alias are those that they were before there was any.
  const aliasChance = new Chance(seed + 2)
  const alias =
    (aliased ?? aliasChance.is(0.5)) ? await Aliased.get(pool, nameOf(file, aliasNames)) : undefined
  if (alias !== undefined) {
    let number = firstOfAlias
    let names = aliasNames
    let isGiving = false
    const ask = () => {
      if (performance.now() > troubledUntil || ++number > firstOfAlias + requests / 2) return
      void record.ask(alias.handle, number, { chance: aliasChance, isFollowing: true })
      setTimeout(ask, aliasChance.after(2 * meanGapMs))
    }
    setTimeout(ask, 1)
    const give = async () => {
      coming++
      const back = aliasChance.is(0.3) && alias.before !== alias.target
      const { given } = await alias.give(back ? alias.before : nameOf(file, ++names))
      void given.finally(() => {
        isGiving = false
        coming--
      })
    }
    const again = () => {
      if (performance.now() > troubledUntil) return
      if (!isGiving) tasks.push(give)
      isGiving = true
      setTimeout(again, aliasChance.after(1500))
    }
    setTimeout(again, aliasChance.after(1500))
  }
  for (;;) {
    await until(
      () => tasks.length > 0 || isClosing || (next > requests && record.open() === 0 && coming === 0),
      'the last end',
    )
    const task = tasks.shift()
    if (task === undefined) break
    await task()
  }

  const violations: string[] = []
  if (isClosing) {
    const closed = new PoolClosed({ message: 'closed' })
    const drained = parts.ledger.drain(closed)
    let isOver = false
    void drained.then(() => {
      isOver = true
    })
    setTimeout(
      () => {
        isOver = true
      },
      chance.between(0, 3000),
    )
    await until(() => isOver, 'the drain')
    parts.ledger.failAll(closed)
  } else {
    bridge.calm()
    usedShare = 0.1
    troubledUntil = performance.now()
    const readBy = troubledUntil + 10_000
    await until(() => performance.now() >= readBy, 'a reading of the machine')
    violations.push(...(await leftBehind(pool, models, record, [nameOf(file, 99), nameOf(file, 98)], alias)))
  }
  await pool.close()
  next = requests + 1
  await until(() => record.open() === 0 && coming === 0, 'the last end')
  const all = record.all()
  violations.push(
    ...record.turnsBroken,
    ...rulesBroken(
      all,
      parts.ledger.counts(),
      {
        answered: bridge.allPages.flatMap(page => page.answered),
        answeredWith: new Map(bridge.allPages.flatMap(page => [...page.answeredWith])),
        deathsAt: countsOf(bridge.allPages.flatMap(page => [...page.deathsAt])),
      },
      poison,
    ),
  )
  if (crowded && bridge.allPages.some(({ mostModels }) => mostModels > 2))
    violations.push('a page held more models than it has room for')
  if (bridge.allPages.some(({ strayRuns }) => strayRuns > 0))
    violations.push('a lane was given a model that it had not')
  if (bridge.browsers.size + bridge.pages.size > 0) violations.push('browsers were left behind')
  const tags = all.flatMap(({ ends }) => ends)
  return {
    violations,
    answered: tags.filter(tag => tag === 'answered').length,
    failures: countBy(tags.filter(tag => tag !== 'answered')),
    faults,
    rerun: parts.ledger.counts().rerun,
    loads: bridge.allPages.reduce((sum, page) => sum + page.loads, 0),
    inParts: all.filter(({ isStreamed, ends }) => isStreamed && ends[0] === 'answered').length,
    together: bridge.allPages.reduce((sum, page) => sum + page.together, 0),
    moved: alias?.moved ?? 0,
    stayed: alias?.stayed ?? 0,
    left: alias?.left ?? 0,
  }
}

/**
 * When all is well again a model that comes anew is loaded and answers, for an alias too; of those that went nothing is
 * known any more.
 */
async function leftBehind(
  pool: SimulatedPool,
  models: readonly ModelHandle[],
  record: Recorded,
  [name, lastName]: readonly [model: string, ofAlias: string],
  alias: Aliased | undefined,
): Promise<string[]> {
  const { parts } = pool
  await come(Promise.all(models.map(model => model.release())), 'the release')
  if (alias !== undefined) {
    const moved = alias.moved
    await come((await alias.give(lastName)).given, 'the last move')
    if (alias.moved === moved) return ['the alias could not be given though all was well']
    void record.ask(alias.handle, lastOfAlias, { isFollowing: true })
    await until(() => record.open() === 0, 'the answer by the alias')
    await come(alias.handle.release(), 'the release')
  }
  const fresh = await come((await hold(parts, name)).coming, 'a fresh model')
  void record.ask(fresh, lastNumber)
  await until(() => record.open() === 0, 'the last answer')
  const violations = record
    .all()
    .flatMap(({ number, ends }) =>
      (number === lastNumber || number === lastOfAlias) && ends[0] !== 'answered' ? ends : [],
    )
    .map(end => `the fresh model ended as ${end}`)
  await come(fresh.release(), 'the release')
  const breakers = () =>
    (parts.system.root.childSupervisor('health')?.whichChildren() ?? [])
      .filter(({ state }) => state !== 'terminated')
      .map(({ id }) => id)
  const known = () => parts.health().connections.map(({ connection }) => connection)
  const left = () => breakers().filter(id => !known().includes(id))
  await until(() => left().length === 0 || performance.now() > deadlineMs, 'the end of the breakers').catch(
    () => {},
  )
  const kept = parts.models.list().map(({ id }) => `the model ${id} was left behind`)
  return [...violations, ...kept, ...left().map(id => `the breaker ${id} was left behind`)]
}

/** A quarter of the usual time for the cheap one, and up to four times as long for the others. */
function unlikePaces(chance: Chance, cheap: () => string | undefined): (key: string) => number {
  const paces = new Map<string, number>()
  return key => {
    const pace = paces.get(key) ?? (key.endsWith(`.${cheap()}`) ? 0.25 : 4 ** chance.next())
    paces.set(key, pace)
    return pace
  }
}

function countsOf(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [number, count] of pairs) counts.set(number, (counts.get(number) ?? 0) + count)
  return counts
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
