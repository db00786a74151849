// The judge of memory itself: it sees a leak behind noise, and none where there is none.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { trendOf } from './trend.ts'

const noise = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 40, maxLength: 40 })

it('has the slope of a straight line', () => {
  expect(trendOf([1, 3, 5, 7])).toMatchObject({ slope: 2 })
})

it('sees growth behind noise ten times a step, and a few wild values do not move it', () => {
  fc.assert(
    fc.property(noise, fc.nat({ max: 39 }), (errors, wild) => {
      const { slope, low } = trendOf(errors.map((error, i) => i * 2 + error + (i === wild ? 1000 : 0)))
      expect(slope).toBeGreaterThan(1.5)
      expect(low).toBeGreaterThan(0)
    }),
  )
})

it('finds none in what only jumps up and down', () => {
  const { slope, low, high } = trendOf(Array.from({ length: 41 }, (_, i) => (i % 2 === 0 ? 100 : 104)))
  expect(slope).toBeCloseTo(0)
  expect(low).toBeLessThanOrEqual(0)
  expect(high).toBeGreaterThanOrEqual(0)
})
