// A simulation of a step in that is called off: a connection that drains is wanted again before it has gone, on a virtual
// clock.

import { describe, expect, it } from 'vitest'
import { Chance } from './Chance.ts'
import { startSimulatedPool, until } from './SimulatedPool.ts'
import { simulatedStore } from './simulatedStore.ts'

const stored = simulatedStore()

describe('a connection that drains, simulated', { timeout: 120_000 }, () => {
  it.each([1, 2, 3])('stays when it is wanted again, and is given work (seed %i)', async seed => {
    let usedBytes = 100
    const { parts, model, bridge, close } = await startSimulatedPool({
      ...stored,
      pool: { minConnections: 1, maxConnections: 2, scaling: { coolDownMs: 2000 } },
      bridge: {
        chance: new Chance(seed),
        serviceMs: 100,
        trouble: { failure: 0, hang: 0 },
        poison: Number.NaN,
      },
      resources: async () => ({
        usedBytes,
        limitBytes: 1000,
        browserBytes: usedBytes,
        browserBytesAre: 'PSS',
        cpuBusy: 0.1,
        cores: 8,
      }),
    })
    const scaling = () => parts.metrics().scaling
    const leaving = () => parts.metrics().connectionStates.filter(({ state }) => state === 'leaving')
    let isOver = false
    const client = async () => {
      while (!isOver) {
        const x = { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(1) }
        await model.run({ tensors: { x } }).catch(() => {})
      }
    }
    for (let count = 0; count < 6; count++) void client()
    await until(() => parts.dispatcher.lanes().length === 2, 'the second')
    // What each is at then takes longer than it takes until the machine is looked at again.
    for (const page of bridge.pages) page.slowness = 10_000
    usedBytes = 900
    await until(() => leaving().length === 1, 'the way in')
    const given = () => parts.dispatcher.candidates(model.held.id).map(({ connection }) => connection)
    expect(given()).toHaveLength(1)
    usedBytes = 100
    for (let count = 0; count < 100; count++) void client()
    await until(() => leaving().length === 0, 'the end of the step')
    expect(scaling()).toMatchObject({ calledOff: 1, stepsIn: 0 })
    expect(given()).toHaveLength(2)
    expect(bridge.pages.size).toBe(2)
    isOver = true
    await close()
  })
})
