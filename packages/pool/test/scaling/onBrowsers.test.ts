// The parts of the bench on real browsers that decide: what a rival is shown, what a run cost, whether rankings agree.
import { describe, expect, it } from 'vitest'
import { randomOf } from '../../bench/scaling/random.ts'
import { asDecide } from '../../bench/scaling/real/asDecide.ts'
import { browserSecondsOf, reversalsOf } from '../../bench/scaling/real/browserSeconds.ts'
import { calibrate } from '../../bench/scaling/real/calibrate.ts'
import { balancedOrders } from '../../bench/scaling/real/order.ts'
import { predict } from '../../bench/scaling/real/predict.ts'
import type { RealRequest, RealRun } from '../../bench/scaling/real/RealRun.ts'
import {
  errorOf,
  isOpposite,
  meanOf,
  missesOf,
  pairsOf,
  type Ranked,
} from '../../bench/scaling/real/ranking.ts'
import type { View } from '../../bench/scaling/Scaler.ts'
import { emptyHistory, observe } from '../../src/scaling/History.ts'
import type { Sample } from '../../src/scaling/Sample.ts'
import { defaultRules, type ScalingPolicy } from '../../src/scaling/ScalingPolicy.ts'

const policy: ScalingPolicy = { ...defaultRules, minConnections: 1, maxConnections: 3 }

const quiet: Omit<Sample, 'at'> = {
  arrivals: 1,
  waiting: 0,
  running: 1,
  ready: 1,
  started: 1,
  served: 1,
  servedMs: 100,
  slowdown: [],
  startUpMs: undefined,
  resources: undefined,
}

describe('a rival in a real pool', () => {
  const look = (at: number, over: Partial<Sample> = {}): Sample => ({ ...quiet, at, ...over })

  it('is asked at its own pace, and shown all that came since', () => {
    const views: View[] = []
    const scaler = { family: 'rival', knobs: '', everyMs: 1000, initial: 1, target: () => 2 }
    const decide = asDecide(scaler, view => views.push(view))
    let history = emptyHistory
    for (let at = 0; at <= 2000; at += 250) {
      history = observe(history, look(at, { waiting: 2, running: 2 }), policy)
      expect(decide(history, policy)).toMatchObject({ _tag: 'out', target: 2, reason: 'rival' })
    }
    expect(views.map(({ at, arrivals }) => [at, arrivals])).toEqual([
      [0, 1],
      [1000, 4],
      [2000, 4],
    ])
    // One of the two on the lane waits behind the other.
    expect(views[0]).toMatchObject({ waiting: 3, running: 1, meanPresent: 4 })
  })

  it('keeps to the bounds of the pool, and holds where it has what it wants', () => {
    const decide = asDecide({ family: 'rival', knobs: '', everyMs: 0, initial: 1, target: () => 9 })
    expect(decide(observe(emptyHistory, look(0), policy), policy)).toMatchObject({ _tag: 'out', target: 3 })
    const decideAgain = asDecide({ family: 'rival', knobs: '', everyMs: 0, initial: 1, target: () => 0 })
    expect(decideAgain(observe(emptyHistory, look(0), policy), policy)).toMatchObject({
      _tag: 'hold',
      target: 1,
    })
  })
})

describe('what a run cost', () => {
  const sizes = [
    { at: 0, count: 1 },
    { at: 2000, count: 3 },
    { at: 5000, count: 2 },
    { at: 6000, count: 3 },
  ]
  it('is connections times seconds, the last until the end', () => {
    expect(browserSecondsOf(sizes, 8000)).toBe(2 + 9 + 2 + 6)
  })
  it('counts steps in another direction than the one before', () => {
    expect(reversalsOf(sizes)).toBe(2)
    expect(reversalsOf(sizes.slice(0, 2))).toBe(0)
  })
})

describe('two rankings', () => {
  /** Five blocks, and ten seeds that waver by a tenth. */
  const ranked = (name: string, predicted: number, measured: readonly number[]): Ranked => ({
    name,
    measured,
    predicted: Array.from({ length: 10 }, (_, seed) => measured.map(() => predicted * (0.95 + 0.01 * seed))),
  })
  const near = (value: number) => [0.9, 1.1, 1, 0.95, 1.05].map(share => share * value)
  const verdict = (a: Ranked, b: Ranked) => pairsOf([a, b], 0)[0]?.verdict

  it('agree or not only where both tell a pair apart', () => {
    const a = ranked('a', 10, near(10))
    expect(verdict(a, ranked('b', 20, near(15)))).toBe('agree')
    expect(verdict(a, ranked('b', 20, near(7)))).toBe('disagree')
    // As measured it lies above in some blocks and below in others.
    expect(verdict(a, ranked('b', 20, [30, 5, 12, 8, 14]))).toBe('tie as measured')
    const waver = { ...ranked('b', 10, near(15)), predicted: [near(9), near(11), near(10)] }
    expect(verdict(a, waver)).toBe('tie as simulated')
    expect(verdict(ranked('a', 10, [1, 40, 10, 3, 20]), waver)).toBe('tie in both')
  })

  it('name the one that is simulated to be less first, with the factors between them', () => {
    const [pair] = pairsOf([ranked('much', 40, near(30)), ranked('little', 10, near(10))], 0)
    expect(pair).toMatchObject({ less: 'little', more: 'much' })
    expect(pair?.measured.middle).toBeCloseTo(3)
    expect(pair?.predicted.middle).toBeCloseTo(4)
  })

  it('are told apart by Student’s t', () => {
    // t for four degrees of freedom is 2.776; the standard error of these is 0.7071.
    const { middle, low, high } = meanOf([1, 2, 3, 4, 5])
    expect([middle, low, high].map(value => Number(value.toFixed(3)))).toEqual([3, 1.037, 4.963])
    expect(meanOf([1]).high).toBe(Number.POSITIVE_INFINITY)
  })

  it('give the error as measured over predicted, with an interval', () => {
    const policies = [ranked('a', 100, near(150)), ranked('b', 100, near(75))]
    expect(errorOf(policies[0] as Ranked, 0).middle).toBeCloseTo(1.5, 1)
  })

  it('let too much and too little not cancel in the error, and name the policy that is farthest off', () => {
    const misses = missesOf([ranked('a', 100, [150, 150, 150]), ranked('b', 100, [50, 50, 50])], 0)
    expect(misses?.typical).toBeCloseTo(Math.sqrt(1.5 * 2), 1)
    expect(misses?.byChance).toBeCloseTo(1.025, 2)
    expect(misses?.worst.name).toBe('b')
    expect(misses?.worst.error.middle).toBeCloseTo(0.5, 1)
    expect(missesOf([], 0)).toBeUndefined()
  })

  it('are opposite in the middle, whether or not they are told apart', () => {
    const opposite = ([of]: readonly Ranked[], other: Ranked) =>
      pairsOf([of as Ranked, other], 0).some(isOpposite)
    const a = ranked('a', 10, near(10))
    expect(opposite([a], ranked('b', 20, [30, 5, 3, 2, 14]))).toBe(true)
    expect(opposite([a], ranked('b', 20, near(15)))).toBe(false)
  })
})

describe('the order of the blocks', () => {
  it.each([2, 4, 6])('has each of %i policies at each place once, and after each other one once', count => {
    const orders = balancedOrders(count)
    const all = Array.from({ length: count }, (_, at) => at)
    for (const order of orders) expect(order.toSorted()).toEqual(all)
    for (const place of all) expect(orders.map(order => order[place] ?? -1).toSorted()).toEqual(all)
    const neighbours = orders.flatMap(order => order.slice(1).map((one, at) => `${order[at]} then ${one}`))
    expect(new Set(neighbours).size).toBe(count * (count - 1))
  })
})

describe('the simulator’s machine', () => {
  const request = (at: number, over: Partial<RealRequest>): RealRequest => ({
    at,
    waitMs: 0,
    serviceMs: 50,
    busy: 1,
    starting: 0,
    isBehind: true,
    ...over,
  })
  const runOf = (requests: readonly RealRequest[]): RealRun => ({
    trace: 't',
    block: 0,
    family: 'fixed',
    knobs: '1',
    requests,
    sizes: [],
    browserSeconds: 40,
    reversals: 0,
    startUps: [
      { nth: 2, ms: 900 },
      { nth: 3, ms: 300 },
    ],
  })
  const many = (over: Partial<RealRequest>) => Array.from({ length: 100 }, (_, at) => request(at * 100, over))

  it('is as slow as was measured beside others and beside a start-up, and makes an idle lane wait for the way', () => {
    const runs = [
      runOf([
        ...many({}),
        ...many({ isBehind: false, serviceMs: 60 }),
        ...many({ busy: 2, serviceMs: 75 }),
        ...many({ starting: 1, serviceMs: 100 }),
      ]),
    ]
    const { machine, arrivals } = calibrate(runs, 0, 2)
    const levels = [machine.slowdown(1, 0), machine.slowdown(2, 0), machine.slowdown(1, 1)]
    expect(levels.map(level => Number(level.toFixed(2)))).toEqual([1, 1.5, 2])
    // Where it was not measured: as with one start-up fewer.
    expect(machine.slowdown(2, 1)).toBe(machine.slowdown(2, 0))
    const [first] = arrivals([0], randomOf(1))
    expect(first?.workMs).toBeCloseTo(50)
    expect(first?.wayMs).toBeCloseTo(10)
    expect([2, 3].map(nth => machine.startUp?.(nth, randomOf(1)))).toEqual([900, 300])
  })

  it('foretells a run that it could have made itself, and of which it knows nothing', () => {
    const moments = Array.from({ length: 400 }, (_, at) => at * 100)
    const run = runOf(moments.map(at => request(at, { serviceMs: 5_000 })))
    const another = runOf(moments.map(at => request(at, {})))
    const make = () => ({ family: 'fixed', knobs: '1', everyMs: 60_000, initial: 1, target: () => 1 })
    const outcomes = predict({ make, runs: [run] }, [moments], [run, another], 2, [1, 2, 3])
    for (const [outcome] of outcomes) {
      expect(outcome?.p95WaitMs).toBe(0)
      expect(outcome?.browserSeconds).toBeCloseTo(40, 0)
    }
  })
})
