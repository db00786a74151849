import { RemoteFailed } from '@shoal/browser-bridge'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Answer } from '../src/Answer.ts'
import type { Settlement } from '../src/admission/Entry.ts'
import type { ResolvedBatching } from '../src/batching/Batching.ts'
import type { ModelBatching } from '../src/batching/batchingOf.ts'
import { Dispatcher } from '../src/Dispatcher.ts'
import { Health } from '../src/health/Health.ts'
import type { Standing } from '../src/health/Standing.ts'
import { Ledger } from '../src/Ledger.ts'
import { RecentHistory } from '../src/PerformanceHistory.ts'
import type { Replica } from '../src/Replica.ts'
import type { Work } from '../src/Work.ts'
import { type SimulatedLane, simulatedLane } from './simulatedLane.ts'

const work: Work = { request: { input: { kind: 'tensors' }, tensors: [] }, options: {} }

function poolOf(input: Work = work, now = () => performance.now()) {
  const history = new RecentHistory()
  const ledger: Ledger<Work, Answer> = new Ledger({
    capacity: 100,
    poisonAfter: 2,
    now,
    onWaiting: () => dispatcher.pump(),
  })
  const health = new Health({
    now,
    startBreaker: () => Promise.reject(new Error('breakers have tests of their own')),
  })
  const dispatcher: Dispatcher = new Dispatcher({ ledger, history, health, now })
  const ends: Settlement<Answer>[] = []
  const ask = (model = 'm') => {
    ledger.accept({ model, input, priority: 0, deadlineMs: 10_000, settle: end => ends.push(end) })
  }
  const hold = (lane: SimulatedLane, over: Partial<Replica> = {}) =>
    dispatcher.addReplica({
      model: 'm',
      modelKey: 'key-of-m',
      lane,
      connection: lane.id,
      browser: { id: 'chromium-1', kind: 'chromium', version: '1' },
      trust: 'own',
      preference: 0,
      warm: true,
      ...over,
    })
  return { ledger, dispatcher, history, health, ends, ask, hold }
}

/** Rows of one number each; the answer is as many ones. */
const batching = (policy: Partial<ResolvedBatching> = {}): ModelBatching => ({
  policy: { maxSize: 3, maxDelayMs: 0, maxTokens: Number.POSITIVE_INFINITY, ...policy },
  batcher: {
    fit: () => undefined,
    join: works => ({ ...works[0], request: { input: { kind: 'tensors' }, tensors: [] }, options: {} }),
    part: (result, works) => works.map(() => result),
  },
})
const fitting: Work = { ...work, fit: { bucket: 'b', rows: 1, tokens: 1 } }

const passing = (lane: string) =>
  new RemoteFailed({ lane, code: 'EngineFailed', reason: 'it failed', mayRunAgain: true })

describe('Dispatcher, of a model whose requests go together', () => {
  it('gives a lane that is free what waits, as one run, and answers each', async () => {
    const { ask, hold, ends } = poolOf(fitting)
    const lane = simulatedLane('a', { depth: 1 })
    hold(lane, { batching: batching() })
    for (let i = 0; i < 5; i++) ask()
    await lane.answer()
    expect(lane.held).toHaveLength(1)
    await lane.answer()
    await lane.answer()
    const shares = ends.map(end => end._tag === 'answered' && end.answer.placement.batch)
    expect(shares).toEqual([
      { size: 1, index: 0, released: 'laneFree' },
      ...[0, 1, 2].map(index => ({ size: 3, index, released: 'size' })),
      { size: 1, index: 0, released: 'laneFree' },
    ])
  })

  it('runs each alone whose run with others failed, so that one does not sink the others', async () => {
    const { ask, hold, ends } = poolOf(fitting)
    const lane = simulatedLane('a', { depth: 1 })
    for (let i = 0; i < 3; i++) ask()
    hold(lane, { batching: batching() })
    await lane.fail(new Error('one of them is wrong'))
    await lane.answer()
    await lane.fail(new Error('it is this one'))
    await lane.answer()
    expect(ends).toMatchObject([
      { _tag: 'answered', answer: { placement: { batch: { size: 1, released: 'alone' } } } },
      { _tag: 'failed', error: { message: 'it is this one' } },
      { _tag: 'answered' },
    ])
  })

  it('runs each alone where the lane died at work on them together', async () => {
    const { ask, hold, dispatcher } = poolOf(fitting)
    for (let i = 0; i < 2; i++) ask()
    const [a, b] = [simulatedLane('a', { depth: 2 }), simulatedLane('b', { depth: 2 })]
    hold(a, { batching: batching() })
    expect(a.held).toHaveLength(1)
    dispatcher.removeLane('a')
    hold(b, { batching: batching() })
    await a.die()
    expect(b.held).toHaveLength(2)
  })

  it('waits for others while the delay allows it, then goes with what there is', async () => {
    vi.useFakeTimers({ now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    const { ask, hold } = poolOf(fitting, () => Date.now())
    const lane = simulatedLane('a')
    hold(lane, { batching: batching({ maxDelayMs: 50 }) })
    ask()
    ask()
    expect(lane.held).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(49)
    expect(lane.held).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(lane.held).toHaveLength(1)
  })

  it('lets no other model wait for it', () => {
    const { ask, hold } = poolOf(fitting)
    const lane = simulatedLane('a')
    hold(lane, { batching: batching({ maxDelayMs: 1000 }) })
    hold(lane, { model: 'other', modelKey: 'key-of-other' })
    ask('m')
    ask('other')
    expect(lane.held.map(({ key }) => key)).toEqual(['key-of-other'])
  })
})

describe('Dispatcher', () => {
  it('keeps a request until a lane holds its model, then gives it out', () => {
    const { ask, hold, ledger } = poolOf()
    ask()
    expect(ledger.counts()).toMatchObject({ waiting: 1, running: 0 })
    const lane = simulatedLane('a')
    hold(lane)
    expect(lane.held.map(held => held.key)).toEqual(['key-of-m'])
  })

  it('gives a lane no more than its depth; the rest waits in the ledger', () => {
    const { ask, hold, ledger } = poolOf()
    const lane = simulatedLane('a', { depth: 2 })
    hold(lane)
    for (let i = 0; i < 5; i++) ask()
    expect(lane.held).toHaveLength(2)
    expect(ledger.counts().waiting).toBe(3)
  })

  it('hands a freed place to the oldest request that waits', async () => {
    const { ask, hold, ledger, ends } = poolOf()
    const lane = simulatedLane('a', { depth: 1 })
    hold(lane)
    ask()
    ask()
    await lane.answer()
    expect(ends.map(end => end._tag)).toEqual(['answered'])
    expect(ledger.counts()).toMatchObject({ running: 1, waiting: 0 })
  })

  it('spreads requests over lanes that are alike', () => {
    const { ask, hold } = poolOf()
    const [a, b] = [simulatedLane('a'), simulatedLane('b')]
    hold(a)
    hold(b)
    for (let i = 0; i < 4; i++) ask()
    expect([a.held.length, b.held.length]).toEqual([2, 2])
  })

  it('runs what was on a dead lane again on another, and answers it once', async () => {
    const { ask, hold, dispatcher, ledger, ends } = poolOf()
    const [a, b] = [simulatedLane('a', { depth: 1 }), simulatedLane('b', { depth: 1 })]
    hold(a)
    ask()
    hold(b)
    dispatcher.removeLane('a')
    await a.die()
    expect(b.held).toHaveLength(1)
    await b.answer()
    expect(ends.map(end => end._tag)).toEqual(['answered'])
    expect(ledger.counts()).toMatchObject({ rerun: 1, answered: 1, failed: 0 })
  })

  it('takes the request at work for implicated in a lane’s death, and the one behind it not', async () => {
    const { ask, hold, dispatcher, ends } = poolOf()
    ask()
    ask()
    for (const name of ['a', 'b', 'c']) {
      const lane = simulatedLane(name)
      hold(lane)
      dispatcher.removeLane(name)
      await lane.die()
    }
    // The first of the two was at work twice; then it was the other's turn.
    expect(ends).toMatchObject([{ _tag: 'failed', error: { _tag: 'PoisonRequest', lanes: ['a', 'b'] } }])
  })

  it('does not take a restarted lane for the dead one whose name it has', async () => {
    const { ask, hold, ends } = poolOf()
    const former = simulatedLane('a')
    hold(former)
    ask()
    await former.die()
    const successor = simulatedLane('a')
    hold(successor)
    expect(successor.held).toHaveLength(1)
    await successor.answer()
    expect(ends.map(end => end._tag)).toEqual(['answered'])
  })

  it('ends a request that failed for a reason of its own, and does not run it again', async () => {
    const { ask, hold, ends } = poolOf()
    const lane = simulatedLane('a')
    hold(lane)
    ask()
    await lane.fail(new Error('wrong dtype'))
    expect(ends).toMatchObject([{ _tag: 'failed', error: { message: 'wrong dtype' } }])
    expect(lane.held).toHaveLength(0)
  })

  it('runs a request that failed on a lane on another one, though the first is free and the other is full', async () => {
    const { ask, hold, ends } = poolOf()
    const [bad, good] = [simulatedLane('bad'), simulatedLane('good', { depth: 1 })]
    hold(good)
    ask()
    hold(bad)
    ask()
    expect(good.held).toHaveLength(1)
    expect(bad.held).toHaveLength(1)
    await bad.fail(passing('bad'))
    expect(bad.held).toHaveLength(0)
    await good.answer()
    expect(good.held).toHaveLength(1)
    await good.answer()
    expect(ends.map(end => end._tag)).toEqual(['answered', 'answered'])
  })

  it('runs a request that failed on the only lane there once more, and then ends it', async () => {
    const { ask, hold, ends } = poolOf()
    const lane = simulatedLane('only')
    hold(lane)
    ask()
    await lane.fail(passing('only'))
    expect(lane.held).toHaveLength(1)
    await lane.fail(passing('only'))
    expect(ends).toMatchObject([{ _tag: 'failed', error: { code: 'EngineFailed' } }])
  })

  it('blames no request for a lane that was closed when it had drained for long enough', async () => {
    const { ask, hold, dispatcher, ends, ledger } = poolOf()
    ask()
    for (const id of ['a', 'b', 'c']) {
      const lane = simulatedLane(id)
      hold(lane)
      void dispatcher.drainConnection(id)
      await lane.die()
    }
    expect(ends).toEqual([])
    expect(ledger.counts()).toMatchObject({ rerun: 3, waiting: 1 })
  })

  it('gives nothing to a lane that is loaded while its connection drains, until that has come back', () => {
    const { ask, hold, dispatcher } = poolOf()
    const lane = simulatedLane('a')
    ask()
    void dispatcher.drainConnection('a')
    hold(lane)
    expect(lane.held).toHaveLength(0)
    dispatcher.removeConnection('a')
    hold(lane)
    expect(lane.held).toHaveLength(1)
  })

  it('has a model’s drain wait for what the lane was given of it by others', async () => {
    const { hold, dispatcher } = poolOf()
    const lane = simulatedLane('a')
    hold(lane)
    const [replica] = dispatcher.replicasOf('m')
    const check = lane.run('key-of-m', work.request, { deadlineMs: 1000 })
    if (replica) dispatcher.occupied(replica, check)
    let drained = false
    const draining = dispatcher.drainReplica('m', 'a').then(() => {
      drained = true
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(drained).toBe(false)
    await lane.die()
    await draining
    await expect(check).rejects.toThrow()
  })

  it('keeps no program alive for the delay of a batch once it is closed', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { ask, hold, dispatcher, ledger } = poolOf(fitting)
    hold(simulatedLane('a'), { batching: batching({ maxDelayMs: 1000 }) })
    ask()
    ledger.failAll(new Error('the pool is closed'))
    expect(vi.getTimerCount()).toBe(1)
    dispatcher.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gives a draining connection nothing, and says when it is idle', async () => {
    const { ask, hold, dispatcher, ledger } = poolOf()
    const lane = simulatedLane('a')
    hold(lane)
    ask()
    let drained = false
    const draining = dispatcher.drainConnection('a').then(() => {
      drained = true
    })
    ask()
    expect(drained).toBe(false)
    expect(lane.held).toHaveLength(1)
    await lane.answer()
    await draining
    expect(ledger.counts().waiting).toBe(1)
  })

  it('gives a connection that stays after all work again at once', async () => {
    const { ask, hold, dispatcher, ledger } = poolOf()
    const lane = simulatedLane('a')
    hold(lane)
    void dispatcher.drainConnection('a')
    ask()
    expect(lane.held).toHaveLength(0)
    dispatcher.resumeConnection('a')
    expect(lane.held).toHaveLength(1)
    await lane.answer()
    // Somebody else drains it too.
    void dispatcher.drainConnection('a')
    void dispatcher.drainConnection('a')
    dispatcher.resumeConnection('a')
    ask()
    expect(ledger.counts().waiting).toBe(1)
  })

  it('lets one model’s wait not block another model', () => {
    const { ask, hold } = poolOf()
    const lane = simulatedLane('a')
    ask('not-loaded-yet')
    hold(lane)
    ask('m')
    expect(lane.held.map(held => held.key)).toEqual(['key-of-m'])
  })

  it('does not take a lane’s first run of a model for its pace, unless it was warmed', async () => {
    const { ask, hold, history } = poolOf()
    const lane = simulatedLane('a')
    hold(lane, { warm: false })
    const kind = { browser: 'chromium', backend: 'wasm' } as const
    ask()
    await lane.answer()
    expect(history.serviceTime('m', kind)).toBeUndefined()
    expect(history.serviceTime('m', kind, { first: true })?.samples).toBe(1)
    ask()
    await lane.answer()
    expect(history.serviceTime('m', kind)?.samples).toBe(1)
  })

  it('gives the candidates of a model as routing sees them', () => {
    const { ask, hold, dispatcher } = poolOf()
    hold(simulatedLane('a'), { preference: 1 })
    ask()
    expect(dispatcher.candidates('m')).toMatchObject([
      { lane: 'a', browser: 'chromium', backend: 'wasm', trust: 'own', credits: 1, preference: 1 },
    ])
  })

  it('expects of a lane the end of the run that the waiting requests would share, and of those that it has', () => {
    const { ask, hold, dispatcher, history } = poolOf(fitting)
    const kind = { browser: 'chromium', backend: 'wasm' } as const
    for (let run = 0; run < 9; run++) {
      history.record('m', kind, 40, { batch: 1 })
      history.record('m', kind, 15, { batch: 3 })
    }
    const slow = simulatedLane('a', { depth: 1 })
    hold(slow, { batching: batching() })
    expect(dispatcher.candidates('m')).toMatchObject([{ aheadMs: 0, serviceMs: 40 }])
    for (let asked = 0; asked < 7; asked++) ask()
    // One is on the lane; three of the six that wait would go together.
    expect(dispatcher.candidates('m')).toMatchObject([{ aheadMs: 40, serviceMs: 45 }])
  })

  it('expects nothing of a lane while it loads another model, for as long as that took of late', () => {
    let now = 0
    const { hold, dispatcher } = poolOf(work, () => now)
    let loads = 0
    const lane = simulatedLane('a')
    Object.defineProperty(lane, 'inFlight', { get: () => loads })
    hold(lane)
    const ahead = () => dispatcher.candidates('m')[0]?.aheadMs
    expect(ahead()).toBe(0)
    loads = 1
    ahead()
    now = 300
    // Nothing was measured: it is believed to take as long again.
    expect(ahead()).toBe(300)
    now = 500
    loads = 0
    expect(ahead()).toBe(0)
    loads = 1
    expect(ahead()).toBe(500)
    now = 600
    expect(ahead()).toBe(400)
  })

  it('gives a lane whose breaker is open nothing, and a degraded one a request now and then', () => {
    let now = 100_000
    const standings = new Map<string, Standing>([['good', 'ok']])
    const { ask, hold, health } = poolOf(work, () => now)
    vi.spyOn(health, 'standing').mockImplementation(connection => standings.get(connection) ?? 'ok')
    const [bad, good] = [simulatedLane('bad', { depth: 9 }), simulatedLane('good', { depth: 99 })]
    hold(bad)
    hold(good)
    standings.set('bad', 'barred')
    for (let asked = 0; asked < 20; asked++) ask()
    expect([bad.held.length, good.held.length]).toEqual([0, 20])
    standings.set('bad', 'degraded')
    for (let asked = 0; asked < 20; asked++) ask()
    expect([bad.held.length, good.held.length]).toEqual([0, 40])
    now += 10_000
    for (let asked = 0; asked < 20; asked++) ask()
    expect([bad.held.length, good.held.length]).toEqual([1, 59])
  })

  it('learns service times from what lanes answer, without the lane’s own queue', async () => {
    const { ask, hold, history } = poolOf()
    const lane = simulatedLane('a')
    hold(lane)
    ask()
    await lane.answer()
    const known = history.serviceTime('m', { browser: 'chromium', backend: 'wasm' })
    expect(known?.samples).toBe(1)
    expect(known?.meanMs).toBeGreaterThan(0)
  })
})
