import { describe, expect, it } from 'vitest'
import { decide, isNeededAfterAll } from '../../src/scaling/decide.ts'
import { emptyHistory, observe, stepped } from '../../src/scaling/History.ts'
import type { Resources } from '../../src/scaling/Sample.ts'
import { load, policy, sample, seen, steady } from './samples.ts'

const mib = 2 ** 20
const resources = (over: Partial<Resources> = {}): Resources => ({
  usedBytes: 1000 * mib,
  limitBytes: 10_000 * mib,
  browserBytes: undefined,
  browserBytesAre: 'PSS',
  cpuBusy: 0.5,
  cores: 8,
  ...over,
})

describe('a connection that goes in', () => {
  const cases: readonly [string, ReturnType<typeof seen>, boolean][] = [
    ['is not needed while fewer do', seen(steady(40, { started: 2, ready: 2 })), false],
    [
      'is not needed while fewer do, though something waits for a moment',
      seen([
        ...steady(40, { ...load(1, 100), started: 2, ready: 2 }),
        sample(40_500, { waiting: 1, started: 2, ready: 2 }),
      ]),
      false,
    ],
    [
      'is needed after all for a load that takes as many as there are with it',
      seen(steady(40, { ...load(3, 400), started: 3, ready: 3 })),
      true,
    ],
    [
      'is needed after all for a backlog, within the rebound too',
      stepped(
        seen([
          ...steady(40, { ...load(1, 400), started: 2, ready: 2 }),
          sample(40_500, { waiting: 60, arrivals: 60, started: 2, ready: 2 }),
        ]),
        'in',
        40_000,
      ),
      true,
    ],
    [
      'is not needed where memory does not bear it, whatever the load',
      seen(
        steady(40, {
          ...load(20, 400),
          started: 3,
          ready: 3,
          resources: resources({ usedBytes: 9000 * mib, browserBytes: 1200 * mib }),
        }),
      ),
      false,
    ],
  ]
  it.each(cases)('%s', (_, history, needed) => {
    expect(isNeededAfterAll(decide(history, policy), policy)).toBe(needed)
  })
})

describe('decide', () => {
  it('holds the minimum before anything was seen', () => {
    expect(decide(emptyHistory, policy)).toMatchObject({ _tag: 'hold', target: 1, cause: 'start' })
  })

  it('goes out to the minimum first, even right after a step in', () => {
    const history = stepped(seen([sample(0)]), 'in', 0)
    expect(decide(history, { ...policy, minConnections: 3 })).toMatchObject({
      _tag: 'out',
      target: 3,
      cause: 'below the minimum',
    })
  })

  it('gives each request a connection before any was answered', () => {
    const decision = decide(seen([sample(0, { waiting: 4, running: 1 })]), policy)
    expect(decision).toMatchObject({ _tag: 'out', target: 5 })
  })

  it('goes out for the load by Little’s law, with room by the square root of the load', () => {
    // 10/s × 0.4 s keep 4 busy; 4 / 0.7 are planned for them.
    const history = seen(steady(30, { ...load(10, 400), started: 4, ready: 4 }))
    expect(decide(history, policy)).toMatchObject({ _tag: 'out', target: 6, cause: 'load' })
  })

  it('goes out for a backlog that those which are up would not work off in time', () => {
    const before = steady(30, { ...load(2, 400), started: 2, ready: 2 })
    const history = seen([...before, sample(30_500, { waiting: 60, running: 2, started: 2, ready: 2 })])
    expect(decide(history, policy)).toMatchObject({ _tag: 'out', cause: 'backlog' })
  })

  it('starts nothing for a backlog that is worked off before a connection would serve', () => {
    const before = steady(30, { ...load(2, 400), started: 3, ready: 3 })
    const history = seen([...before, sample(30_500, { waiting: 8, running: 3, started: 3, ready: 3 })])
    expect(decide(history, policy)._tag).toBe('hold')
  })

  it('answers a surge from its first seconds, not from the whole window', () => {
    const before = steady(60, { ...load(2, 400), started: 2, ready: 2 })
    const surge = steady(2, { ...load(16, 400), running: 2, waiting: 12, started: 2, ready: 2 }, 60_500)
    expect(decide(seen([...before, ...surge]), policy)).toMatchObject({ _tag: 'out', target: 8 })
  })

  it('counts what is on its way', () => {
    const history = seen(steady(30, { ...load(10, 400), started: 6, ready: 4 }))
    expect(decide(history, policy)._tag).toBe('hold')
  })

  it('holds at the ceiling, and says which one it is', () => {
    const history = seen(steady(30, { ...load(40, 400), started: 8, ready: 8 }))
    expect(decide(history, policy)).toMatchObject({
      _tag: 'hold',
      cause: 'ceiling',
      reason: expect.stringContaining('maxConnections is 8'),
    })
  })

  it('holds where memory has no room for one more', () => {
    const tight = resources({ usedBytes: 7900 * mib, browserBytes: 1200 * mib })
    const history = seen(steady(30, { ...load(20, 400), started: 4, ready: 4, resources: tight }))
    expect(decide(history, policy)).toMatchObject({ _tag: 'hold', target: 4, cause: 'ceiling' })
    expect(decide(history, policy).grounds?.ceiling).toMatchObject({ because: 'memory', connections: 4 })
  })

  it('goes in by one where memory is over its share, though the load would have it stay', () => {
    const over = resources({ usedBytes: 9500 * mib, browserBytes: 1200 * mib })
    const history = seen(steady(31, { ...load(20, 400), started: 4, ready: 4, resources: over }))
    expect(decide(history, policy)).toMatchObject({ _tag: 'in', target: 3, cause: 'ceiling' })
  })

  it('goes in by one at each reading of memory, however often it looks meanwhile', () => {
    const over = { resources: resources({ usedBytes: 9500 * mib, browserBytes: 1200 * mib }) }
    const busy = { ...load(20, 400), ...over }
    const before = seen(steady(31, { ...busy, started: 4, ready: 4, atReading: { started: 4, ready: 4 } }))
    expect(decide(before, policy)).toMatchObject({ _tag: 'in', target: 3, cause: 'ceiling' })
    // Memory was last read when the one that has gone was there.
    const stale = { ...busy, started: 3, ready: 3, atReading: { started: 4, ready: 4 } }
    const looked = observe(stepped(before, 'in', 31_000), sample(31_250, stale), policy)
    expect(decide(looked, policy)._tag).toBe('hold')
    const read = observe(looked, sample(34_250, { ...stale, atReading: { started: 3, ready: 3 } }), policy)
    expect(decide(read, policy)).toMatchObject({ _tag: 'in', target: 2, cause: 'ceiling' })
  })

  it('has room for no more than when memory was read, though more are on their way since', () => {
    const tight = resources({ usedBytes: 7000 * mib, browserBytes: 1000 * mib })
    const of = (started: number, atReading: { started: number; ready: number }) =>
      decide(seen(steady(30, { ...load(40, 400), started, ready: 2, resources: tight, atReading })), policy)
    expect(of(2, { started: 2, ready: 2 })).toMatchObject({ _tag: 'out', target: 4 })
    expect(of(4, { started: 2, ready: 2 })).toMatchObject({ _tag: 'hold', cause: 'ceiling' })
    // What is on its way has not taken all of its own yet.
    expect(of(4, { started: 4, ready: 2 })).toMatchObject({ _tag: 'hold', cause: 'ceiling' })
  })

  it('holds where the processors are full and there is a connection for each', () => {
    const full = resources({ cpuBusy: 1, cores: 4 })
    const history = seen(steady(30, { ...load(20, 400), started: 4, ready: 4, resources: full }))
    expect(decide(history, policy).grounds?.ceiling).toMatchObject({ because: 'processor', connections: 4 })
  })

  it('goes in by one after a cool-down in which fewer were wanted', () => {
    const history = seen(steady(31, { ...load(1, 400), started: 5, ready: 5 }))
    expect(decide(history, policy)).toMatchObject({ _tag: 'in', target: 4, cause: 'idle' })
  })

  const holding: readonly { rule: string; history: ReturnType<typeof seen> }[] = [
    {
      rule: 'before it has looked on for a cool-down',
      history: seen(steady(20, { started: 5, ready: 5 })),
    },
    {
      rule: 'within a cool-down after a step out',
      history: stepped(seen(steady(40, { started: 5, ready: 5 })), 'out', 15_000),
    },
    {
      rule: 'while requests wait',
      history: seen([
        ...steady(40, { started: 5, ready: 5 }),
        sample(40_500, { waiting: 1, started: 5, ready: 5 }),
      ]),
    },
    {
      rule: 'while one is still on its way',
      history: seen(steady(40, { started: 5, ready: 4 })),
    },
    {
      rule: 'while as many were wanted within the cool-down',
      history: seen([
        ...steady(40, { ...load(9, 400), started: 5, ready: 5 }),
        ...steady(10, { started: 5, ready: 5 }, 40_500),
      ]),
    },
  ]
  it.each(holding)('does not go in $rule', ({ history }) => {
    expect(decide(history, policy)).toMatchObject({ _tag: 'hold', cause: 'waiting' })
  })

  it('does not go out within the rebound after a step in', () => {
    const busy = seen(steady(30, { ...load(10, 400), started: 4, ready: 4 }))
    expect(decide(stepped(busy, 'in', 26_000), policy)).toMatchObject({ _tag: 'hold', cause: 'waiting' })
    expect(decide(stepped(busy, 'in', 24_000), policy)._tag).toBe('out')
  })

  it('keeps one more than the load needs where a warm spare is asked for', () => {
    const history = (by: typeof policy) => seen(steady(30, { ...load(2, 400), started: 2, ready: 2 }), by)
    expect(decide(history(policy), policy)).toMatchObject({ _tag: 'hold' })
    const withSpare = { ...policy, warmSpare: true }
    expect(decide(history(withSpare), withSpare)).toMatchObject({ _tag: 'out', target: 3 })
  })

  it('tells what it rests on', () => {
    const { grounds, reason } = decide(seen(steady(30, { ...load(10, 400), started: 4, ready: 4 })), policy)
    expect(grounds).toMatchObject({ started: 4, ready: 4, serviceMs: 400, wanted: 6, startUpMs: 2_000 })
    expect(grounds?.rate).toBeCloseTo(10)
    expect(reason).toBe('6 wanted for 10.0 requests a second, 400 ms each')
  })
})
