// Requests that go together, as the dispatcher gives them out.

import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { batching, fitting, poolOf } from './dispatched.ts'
import { simulatedLane } from './simulatedLane.ts'

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

  it('counts no answer of which the caller had gone while the others waited for theirs', async () => {
    const { ask, hold, ends, answered } = poolOf(fitting)
    const left = new AbortController()
    ask('m')
    ask('m', left.signal)
    const lane = simulatedLane('a', { depth: 1 })
    hold(lane, { batching: batching() })
    left.abort()
    await lane.answer()
    expect(ends).toMatchObject([{ _tag: 'failed' }, { _tag: 'answered' }])
    expect(answered).toHaveLength(1)
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
})
