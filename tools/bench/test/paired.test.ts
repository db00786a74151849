import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figure } from '../BenchReport.ts'
import { paired } from '../paired.ts'
import { quantile, sampleOf } from '../Sample.ts'

const silent = { progress: () => {} }

describe('paired runs', () => {
  it('warm up, then go in pairs, each side first in turn', async () => {
    const order: string[] = []
    const note = (name: string) => async () => {
      order.push(name)
    }
    const { subject, beside } = await paired(silent, note('a'), note('b'), { pairs: 4, warmUp: 1 })
    expect(order.slice(2).join('')).toBe('abbaabba')
    expect([subject.n, beside.n]).toEqual([4, 4])
    expect(subject.values.every(value => value >= 0)).toBe(true)
  })

  it('take the ratio pair by pair, so that what slows both down does not move it', async () => {
    let calls = 0
    const slowed = (value: number) => async () => value * 2 ** (Math.floor(calls++ / 2) % 5)
    const { ratio, ratioSpread } = await paired(silent, slowed(6), slowed(2), { pairs: 10 })
    expect([ratio, ...ratioSpread]).toEqual([3, 3, 3])
  })
})

describe('a sample', () => {
  it.each([
    [[], 0.5, Number.NaN],
    [[7], 0.9, 7],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 0.25, 2],
    [[1, 2, 3, 4, 5], 1, 5],
  ])('of %j has the %d-quantile %d', (values, q, expected) => {
    expect(quantile(values, q)).toBe(expected)
  })

  it('has its median between its quartiles, whatever the order', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 })
    fc.assert(
      fc.property(values, list => {
        const { median, spread } = sampleOf(list)
        expect(spread[0]).toBeLessThanOrEqual(median)
        expect(median).toBeLessThanOrEqual(spread[1])
        expect(sampleOf(list.toReversed()).median).toBe(median)
      }),
    )
  })
})

describe('a figure', () => {
  it.each([
    [0.012345, '0.0123'],
    [1.5, '1.5'],
    [99.96, '100'],
    [12345.6, '12,346'],
    [Number.NaN, '–'],
  ])('%d is printed as %s', (value, text) => {
    expect(figure(value)).toBe(text)
  })
})
