import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QuantileSketch } from '../../src/metrics/QuantileSketch.ts'

describe('a quantile sketch', () => {
  it('knows nothing before the first value', () => {
    expect(new QuantileSketch().quantile(0.5)).toBeUndefined()
  })

  it('gives every quantile to one percent, of whatever values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sketch = new QuantileSketch()
          for (const value of values) sketch.add(value)
          const exact = values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN
          const given = sketch.quantile(q) ?? Number.NaN
          expect(Math.abs(given - exact) / exact).toBeLessThanOrEqual(0.0101)
        },
      ),
    )
  })

  it('takes what is not above zero for the smallest that it tells apart', () => {
    const sketch = new QuantileSketch()
    sketch.add(0)
    expect(sketch.quantile(1)).toBeCloseTo(0.001)
  })
})
