import { RemoteFailed } from '@shoal/browser-bridge'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { poolOf, work } from './dispatched.ts'
import { simulatedLane } from './simulatedLane.ts'

const passing = (lane: string) =>
  new RemoteFailed({ lane, code: 'EngineFailed', reason: 'it failed', mayRunAgain: true })

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

  it('blames no request for a lane that died at something else that it was at: a load, a check, an abandoned run', async () => {
    const { ask, hold, dispatcher, ends, ledger } = poolOf()
    ask()
    for (const name of ['a', 'b', 'c']) {
      const lane = simulatedLane(name)
      const other = expect(lane.run('another', work.request, { deadlineMs: 1000 })).rejects.toThrow()
      hold(lane)
      dispatcher.removeLane(name)
      await lane.die()
      await other
    }
    expect(ends).toEqual([])
    expect(ledger.counts()).toMatchObject({ rerun: 3, waiting: 1 })
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

  it('gives a lane where the first in the queue failed to those behind it, while that waits for another one', async () => {
    const { ask, hold, ends } = poolOf()
    const [bad, good] = [simulatedLane('bad', { depth: 1 }), simulatedLane('good', { depth: 1 })]
    hold(good)
    ask()
    hold(bad)
    ask()
    await bad.fail(passing('bad'))
    expect(bad.held).toHaveLength(0)
    ask()
    ask()
    expect(bad.held).toHaveLength(1)
    // The place that it waited for is its own.
    await good.answer()
    expect(good.held).toHaveLength(1)
    await good.answer()
    expect(ends.map(end => end._tag)).toEqual(['answered', 'answered'])
    expect([bad.held.length, good.held.length]).toEqual([1, 1])
  })

  it('gives a request whose lane died the next lane of that name, whatever the others are at', async () => {
    const { ask, hold, dispatcher } = poolOf()
    const [dead, busy] = [simulatedLane('a', { depth: 1 }), simulatedLane('b', { depth: 1 })]
    hold(busy)
    ask()
    hold(dead)
    ask()
    dispatcher.removeLane('a')
    await dead.die()
    const next = simulatedLane('a', { depth: 1 })
    hold(next)
    expect(next.held).toHaveLength(1)
  })

  it('gives a lane where the first in the queue failed to one behind it that was interrupted elsewhere', async () => {
    const { ask, hold, dispatcher } = poolOf()
    const [bad, dead, busy] = ['bad', 'dead', 'busy'].map(id => simulatedLane(id, { depth: 1 }))
    if (!bad || !dead || !busy) throw new Error('three lanes')
    for (const lane of [busy, bad, dead]) {
      hold(lane)
      ask()
    }
    dispatcher.removeLane('dead')
    await dead.die()
    expect(bad.held).toHaveLength(1)
    await bad.fail(passing('bad'))
    expect(bad.held).toHaveLength(1)
  })

  it('keeps a request from a lane where it failed for half of the time that it had left, and no longer', async () => {
    vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { ask, hold } = poolOf()
    const [bad, busy] = [simulatedLane('bad', { depth: 1 }), simulatedLane('busy', { depth: 1 })]
    hold(busy)
    ask()
    hold(bad)
    ask()
    await bad.fail(passing('bad'))
    vi.advanceTimersByTime(4_999)
    expect(bad.held).toHaveLength(0)
    vi.advanceTimersByTime(2)
    expect(bad.held).toHaveLength(1)
  })

  it('sees soon that a lane has ended what else it was at, though nobody tells', () => {
    vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { ask, hold, history } = poolOf()
    for (let run = 0; run < 9; run++) history.record('m', { browser: 'chromium', backend: 'wasm' }, 40)
    const [lane, busy] = [simulatedLane('a', { depth: 1 }), simulatedLane('b', { depth: 1 })]
    let others = 1
    Object.defineProperty(lane, 'inFlight', { get: () => lane.held.length + others })
    hold(lane)
    vi.advanceTimersByTime(300)
    hold(busy)
    // The second waits for the lane that is at its first, which is to end sooner.
    ask()
    ask()
    expect([lane.held.length, busy.held.length]).toEqual([0, 1])
    vi.advanceTimersByTime(20)
    others = 0
    vi.advanceTimersByTime(30)
    expect(lane.held).toHaveLength(1)
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
})
