import { describe, expect, it } from 'vitest'
import type { Places } from '../../bench/routing/Places.ts'
import { inTurn } from '../../bench/routing/real/inTurn.ts'

const lane = (name: string, medians: Readonly<Record<string, number>>): Places['lanes'][number] => ({
  lane: name,
  browser: name,
  backend: 'wasm',
  software: false,
  quantilesMs: Object.fromEntries(
    Object.entries(medians).map(([model, ms]) => [model, [0.8 * ms, ms, 1.2 * ms]]),
  ),
})
const places: Places = {
  name: 'two',
  models: ['text', 'vision'],
  lanes: [lane('chromium', { text: 20, vision: 100 }), lane('firefox', { text: 60, vision: 30 })],
}
const options = { learn: 50, count: 20, seed: 1 }

describe('requests one at a time over free lanes', () => {
  it('go to the lane that is faster for their model, but for what is spent to learn', () => {
    const shares = inTurn(places, options)
    expect(shares['text']?.['chromium']).toBeGreaterThanOrEqual(0.9)
    expect(shares['vision']?.['firefox']).toBeGreaterThanOrEqual(0.9)
  })

  it('are all counted, and the same seed gives the same choices', () => {
    const shares = inTurn(places, options)
    for (const of of Object.values(shares))
      expect(Object.values(of).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    expect(inTurn(places, options)).toEqual(shares)
  })
})
