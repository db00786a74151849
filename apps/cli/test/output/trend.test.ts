import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Point } from '../../src/output/chart.ts'
import { trendOf } from '../../src/output/trend.ts'

const line = (slope: number, n: number): Point[] =>
  Array.from({ length: n }, (_, x) => ({ x, y: 3 + slope * x }))

describe('the trend of a series', () => {
  it('is the slope of a line, with an interval of no width', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 8, max: 40 }), (slope, n) => {
        expect(trendOf(line(slope, n))).toEqual({ slope, low: slope, high: slope })
      }),
    )
  })

  it('is not moved by a few wild values', () => {
    const points = line(2, 40).map((point, at) => (at % 9 === 4 ? { ...point, y: 1e6 } : point))
    expect(trendOf(points).slope).toBeCloseTo(2, 0)
  })

  it('counts the time between the values', () => {
    const points = [0, 1, 5, 6, 30, 31, 70, 99].map(x => ({ x, y: x / 2 }))
    expect(trendOf(points).slope).toBeCloseTo(0.5, 12)
  })

  it('agrees with Sen’s own example of seven pairs', () => {
    // Sen 1968, section 6: the estimate is 4, from 1 2 3 4 10 12 18 against 9 15 19 20 45 55 78.
    const x = [1, 2, 3, 4, 10, 12, 18]
    const y = [9, 15, 19, 20, 45, 55, 78]
    expect(trendOf(x.map((at, index) => ({ x: at, y: y[index] ?? 0 }))).slope).toBe(4)
  })

  it('is none of fewer than two values', () => {
    expect(trendOf([{ x: 0, y: 1 }]).slope).toBeNaN()
  })
})
