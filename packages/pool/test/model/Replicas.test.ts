// A model's copies, over simulated pages on a virtual clock.

import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ModelHandle } from '../../src/Model.ts'
import { Chance } from '../simulation/Chance.ts'
import type { SimulatedBridgeOptions } from '../simulation/SimulatedBridge.ts'
import { come, startSimulatedPool, until } from '../simulation/SimulatedPool.ts'
import { simulatedStore } from '../simulation/simulatedStore.ts'

const stored = simulatedStore()

const bridge = (): SimulatedBridgeOptions => ({
  chance: new Chance(3),
  serviceMs: 20,
  trouble: { failure: 0, hang: 0 },
  poison: Number.NaN,
})

const ask = (model: ModelHandle, deadlineMs = 30_000) =>
  model.run({ tensors: { x: { dtype: 'float32', dims: [1, 1], data: Float32Array.of(1) } } }, { deadlineMs })

async function pass(ms: number): Promise<void> {
  let over = false
  setTimeout(() => {
    over = true
  }, ms)
  await until(() => over, `${ms} ms`)
}

describe('a model at rest', () => {
  it('outlives a time in which the machine has no memory left, and is loaded when it has some', async () => {
    const limitBytes = 1000 * statSync(stored.model).size
    let usedBytes = 0
    const pool = await startSimulatedPool({
      ...stored,
      pool: { minConnections: 1, maxConnections: 1, idleUnloadMs: 500 },
      bridge: bridge(),
      resources: async () => ({
        cores: 2,
        cpuBusy: 0.1,
        usedBytes,
        limitBytes,
        browserBytes: undefined,
        browserBytesAre: 'PSS',
      }),
    })
    const { model } = pool
    await come(ask(model), 'an answer')
    await until(() => model.status().state === 'resting', 'rest')
    usedBytes = limitBytes
    await pass(7000)
    const answered = ask(model)
    const heldAgain = pool.parts.models.hold(model.spec, undefined, undefined)
    setTimeout(() => {
      usedBytes = 0
    }, 5000)
    await expect(come(answered, 'an answer')).resolves.toMatchObject({ placement: { backend: 'wasm' } })
    expect((await come(heldAgain, 'the model')).held).toBe(model.held)
    await pool.close()
  })
})
