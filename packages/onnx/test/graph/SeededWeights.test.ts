import { describe, expect, it } from 'vitest'
import { SeededWeights } from '../../src/graph/SeededWeights.ts'

describe('seeded weights', () => {
  it('are the same for the same seed and name, on every engine: these bits are pinned', () => {
    expect([...new Uint32Array(new SeededWeights(1).uniform('w', 4, 1).buffer)]).toMatchInlineSnapshot(`
      [
        1050497692,
        1061317972,
        3206442336,
        3192884328,
      ]
    `)
  })

  it('differ for another seed, and for another name', () => {
    const first = new SeededWeights(1).uniform('w', 8, 1)
    expect(new SeededWeights(2).uniform('w', 8, 1)).not.toEqual(first)
    expect(new SeededWeights(1).uniform('v', 8, 1)).not.toEqual(first)
  })

  it('are uniform around the centre: mean, variance and bounds hold over a million', () => {
    const values = new SeededWeights(3).uniform('w', 1_000_000, 2, 5)
    let sum = 0
    let squares = 0
    let least = Number.POSITIVE_INFINITY
    let greatest = Number.NEGATIVE_INFINITY
    for (const value of values) {
      sum += value
      squares += (value - 5) ** 2
      least = Math.min(least, value)
      greatest = Math.max(greatest, value)
    }
    expect(sum / values.length).toBeCloseTo(5, 2)
    expect(squares / values.length).toBeCloseTo(4 / 3, 2)
    expect(least).toBeGreaterThanOrEqual(3)
    expect(greatest).toBeLessThanOrEqual(7)
    expect(greatest - least).toBeGreaterThan(3.99)
  })
})
