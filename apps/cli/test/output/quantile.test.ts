import { describe, expect, it } from 'vitest'
import { quantile } from '../../src/output/quantile.ts'

describe('quantile', () => {
  it('is the nearest rank', () => {
    const values = [15, 20, 35, 40, 50]
    expect([0, 0.3, 0.5, 0.95, 1].map(share => quantile(values, share))).toEqual([15, 20, 35, 50, 50])
  })

  it('does not mind the order, and leaves it as it was', () => {
    const values = [3, 1, 2]
    expect(quantile(values, 0.5)).toBe(2)
    expect(values).toEqual([3, 1, 2])
  })

  it('is not a number where nothing was measured', () => {
    expect(quantile([], 0.5)).toBeNaN()
  })
})
