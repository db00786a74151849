// Models that are held by several, over simulated pages on a virtual clock.

import type { ModelStore } from '@shoal/model-store'
import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { Chance } from '../simulation/Chance.ts'
import { come, startSimulatedPool } from '../simulation/SimulatedPool.ts'
import { simulatedStore } from '../simulation/simulatedStore.ts'

const stored = simulatedStore()

describe('a model that is asked for', () => {
  it.each([
    ['its version is looked up', { version: 'deadbeef' }],
    ['its files are looked at for changes', {}],
  ])('is waited for no longer than its caller wants, also while %s', async (_when, more) => {
    let answers = true
    const store: ModelStore = {
      ...stored.store,
      resolve: (name, options) => (answers ? stored.store.resolve(name, options) : Effect.never),
    }
    const pool = await startSimulatedPool({
      store,
      model: stored.model,
      pool: { minConnections: 1, maxConnections: 1 },
      bridge: {
        chance: new Chance(3),
        serviceMs: 20,
        trouble: { failure: 0, hang: 0 },
        poison: Number.NaN,
      },
    })
    answers = false
    const abort = new AbortController()
    const askedAt = performance.now()
    const holding = pool.parts.models.hold({ ...pool.model.spec, ...more }, undefined, abort.signal)
    setTimeout(() => abort.abort('given up'), 100)
    await expect(come(holding, 'the end')).rejects.toBe('given up')
    // Nor for as long as a store that does not answer is waited for.
    expect(performance.now() - askedAt).toBeLessThan(2000)
    // Whoever holds it keeps it.
    expect(pool.model.status().state).toBe('ready')
    await pool.close()
  })
})
