import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/stress/seededRandom.ts'

const seeds = Array.from({ length: 1000 }, (_, seed) => seed)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Pearson's. Of n independent pairs it is about normal, with a standard deviation of 1/√n. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  const covariance = mean(a.map((value, at) => (value - meanA) * ((b[at] ?? 0) - meanB)))
  const spread = (values: readonly number[], middle: number) =>
    Math.sqrt(mean(values.map(value => (value - middle) ** 2)))
  return covariance / (spread(a, meanA) * spread(b, meanB))
}

describe('seeded random numbers', () => {
  it('are the same from the same seed, others from another, and from 0 up to 1', () => {
    const take = (seed: number) => Array.from({ length: 20 }, seededRandom(seed))
    expect(take(1)).toEqual(take(1))
    expect(take(1)).not.toEqual(take(2))
    expect(seeds.flatMap(take).every(number => number >= 0 && number < 1)).toBe(true)
  })

  it.each([0, 1, 2])('are as even over neighbouring seeds as over one stream (number %i)', nth => {
    const numbers = seeds.map(seed => Array.from({ length: nth + 2 }, seededRandom(seed)))
    const of = (at: number) => numbers.map(drawn => drawn[at] ?? Number.NaN)
    const limit = 4 / Math.sqrt(seeds.length)
    // The mean of exponential gaps is 1, and so is their standard deviation.
    expect(Math.abs(mean(of(nth).map(number => -Math.log(1 - number))) - 1)).toBeLessThan(limit)
    // Neither does a seed tell of the number, nor the seed's neighbour, nor the number before it.
    expect(Math.abs(correlation(seeds, of(nth)))).toBeLessThan(limit)
    expect(Math.abs(correlation(of(nth).slice(1), of(nth).slice(0, -1)))).toBeLessThan(limit)
    expect(Math.abs(correlation(of(nth), of(nth + 1)))).toBeLessThan(limit)
  })
})
