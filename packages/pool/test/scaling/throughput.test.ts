import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Concurrency, type SlowdownLevel } from '../../src/scaling/Concurrency.ts'
import { gainsOf, slowdownRatio, usefulLanes } from '../../src/scaling/throughput.ts'

const level = (busy: number, mean: number, over: Partial<SlowdownLevel> = {}): SlowdownLevel => ({
  busy,
  mean,
  variance: 0.01,
  count: 400,
  ...over,
})

/** Lanes that share so many cores. */
const shared = (cores: number, upTo: number) =>
  Array.from({ length: upTo }, (_, at) => level(at + 1, Math.max(1, (at + 1) / cores)))

describe('usefulLanes', () => {
  it('ends where one more lane was measured to add nothing', () => {
    expect(usefulLanes(shared(4, 8), 0.1)).toBe(4)
  })

  it('has no end where every lane adds its own', () => {
    expect(usefulLanes(shared(16, 8), 0.1)).toBeUndefined()
  })

  it('extrapolates nothing: what was not measured is worth trying', () => {
    expect(usefulLanes(shared(4, 4), 0.1)).toBeUndefined()
    expect(usefulLanes([], 0.1)).toBeUndefined()
  })

  it('asks for enough answers before it believes', () => {
    expect(
      usefulLanes(
        shared(4, 8).map(one => ({ ...one, count: 30 })),
        0.1,
      ),
    ).toBeUndefined()
  })

  it('does not take noise for an end', () => {
    const noisy = [level(1, 1, { variance: 1 }), level(2, 1.9, { variance: 1, count: 60 })]
    expect(usefulLanes(noisy, 0.1)).toBeUndefined()
  })
})

describe('gainsOf', () => {
  it('is concave whatever was measured: no lane adds more than the one before it', () => {
    const anyLevels = fc
      .uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 })
      .chain(busy =>
        fc.tuple(
          ...busy
            .sort((a, b) => a - b)
            .map(one => fc.double({ min: 0.2, max: 9, noNaN: true }).map(mean => level(one, mean))),
        ),
      )
    fc.assert(
      fc.property(anyLevels, levels => {
        const gains = gainsOf(levels)
        for (const [index, { gain, from }] of gains.entries()) {
          const before = gains[index - 1]
          expect(from).toBe(before?.to ?? 0)
          if (before) expect(gain).toBeLessThanOrEqual(before.gain + 1e-9)
        }
      }),
    )
  })
})

describe('slowdownRatio', () => {
  it('is a straight line between what was measured', () => {
    expect(slowdownRatio([level(1, 1), level(3, 2)], 2, 1)).toBeCloseTo(1.5)
  })

  it('is one where nothing is known', () => {
    expect(slowdownRatio([level(2, 3)], 4, 1)).toBe(1)
  })
})

describe('Concurrency', () => {
  it('tells what running beside others costs, though other models run then', () => {
    const concurrency = new Concurrency()
    // The slow model runs mostly when much is busy: its time must not look like slowness.
    for (let at = 0; at < 200; at++) {
      concurrency.observe('fast', 1, 10, at)
      concurrency.observe('fast', 2, 15, at)
      concurrency.observe('slow', 2, 150, at)
      if (at % 10 === 0) concurrency.observe('slow', 1, 100, at)
    }
    const [one, two] = concurrency.levels(200)
    expect((two?.mean ?? 0) / (one?.mean ?? 1)).toBeCloseTo(1.5, 1)
  })

  it('forgets a level that was not seen for five minutes, so that it is tried again', () => {
    const concurrency = new Concurrency()
    concurrency.observe('m', 1, 10, 0)
    concurrency.observe('m', 2, 10, 300_000)
    expect(concurrency.levels(300_001).map(({ busy }) => busy)).toEqual([2])
  })

  it('forgets a kind of request that was not seen for so long: models come and go', () => {
    const concurrency = new Concurrency()
    for (let model = 0; model < 100; model++) concurrency.observe(`${model} wasm`, 1, 10, model)
    expect(concurrency.kinds).toBe(100)
    concurrency.levels(300_050)
    expect(concurrency.kinds).toBe(50)
  })
})
