import { describe, expect, it } from 'vitest'
import { madeUpPlaces } from '../../bench/routing/Places.ts'
import { simulateRouting } from '../../bench/routing/simulate.ts'

const options = (seed: number) => ({ learn: 50, count: 100, seed })

describe('routing, simulated', () => {
  // Seed 106 once began with each model on the other's lane, where both stayed: the better one was never free.
  it.each([101, 105, 106])(
    'finds the better lane of two models though the other one keeps it busy (seed %i)',
    seed => {
      const places = madeUpPlaces().find(({ models }) => models.join() === 'vision,audio')
      if (!places) throw new Error('the places with swapped lanes are gone')
      const best = simulateRouting(places, { vision: ['firefox'], audio: ['chrome'] }, options(seed))
      const ours = simulateRouting(places, undefined, options(seed))
      expect(ours.throughput / best.throughput).toBeGreaterThan(0.9)
    },
  )

  it('gives the same run for the same seed', () => {
    const [places] = madeUpPlaces()
    if (!places) throw new Error('there are no places')
    expect(simulateRouting(places, undefined, options(7))).toEqual(
      simulateRouting(places, undefined, options(7)),
    )
  })
})
