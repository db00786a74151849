import { describe, expect, it } from 'vitest'
import { growthOf } from '../../src/stress/growth.ts'

const mib = 2 ** 20
const minute = (bytesAt: (second: number) => number) =>
  Array.from({ length: 61 }, (_, x) => ({ x, y: bytesAt(x) }))

describe('the growth of a memory', () => {
  it('is flat where it goes up and down about a level', () => {
    const growth = growthOf(minute(second => 100 * mib + (second % 7) * mib))
    expect(growth).toMatchObject({ flat: true, n: 46 })
    expect(growth.perMinute.low).toBeLessThanOrEqual(0)
  })

  it('is flat where it grows in its first quarter alone', () => {
    expect(growthOf(minute(second => 50 * mib + Math.min(second, 14) * 4 * mib)).flat).toBe(true)
  })

  it('is flat where it grows by no more than a tenth over all', () => {
    expect(growthOf(minute(second => (100 + second / 10) * mib)).flat).toBe(true)
  })

  it('is not flat where it grows by more', () => {
    const growth = growthOf(minute(second => (100 + second) * mib))
    expect(growth.flat).toBe(false)
    expect(growth.perMinute.slope).toBeCloseTo(60 * mib)
  })
})
