// A model's copies, over simulated pages on a virtual clock.

import { statSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import type { ModelHandle } from '../../src/Model.ts'
import type { ModelLoading } from '../../src/model/modelActor.ts'
import { Chance } from '../simulation/Chance.ts'
import type { SimulatedBridgeOptions } from '../simulation/SimulatedBridge.ts'
import { SimulatedPage } from '../simulation/SimulatedPage.ts'
import { come, type SimulatedPool, startSimulatedPool, until } from '../simulation/SimulatedPool.ts'
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

const loads = (pool: SimulatedPool) => pool.bridge.allPages.reduce((sum, page) => sum + page.loads, 0)

const lanes = (pool: SimulatedPool) => [...pool.bridge.pages].map(page => page.lanes.length)

describe('a model that is released', () => {
  it('is freed in every lane, and loaded on none again', async () => {
    const pool = await startSimulatedPool({
      ...stored,
      pool: { minConnections: 2, maxConnections: 2 },
      bridge: bridge(),
    })
    const { model } = pool
    const ready = () => Object.values(model.status().replicas).filter(({ _tag }) => _tag === 'ready').length
    await until(() => ready() === 2, 'both')
    const before = loads(pool)
    await come(model.release(), 'the release')
    await pass(2000)
    expect(loads(pool)).toBe(before)
    expect(lanes(pool)).toEqual([0, 0])
    await pool.close()
  })

  it('is not loaded on a lane that opens after its release', async () => {
    const pool = await startSimulatedPool({
      ...stored,
      pool: { minConnections: 1, maxConnections: 1 },
      bridge: bridge(),
    })
    const { model } = pool
    const [page] = pool.bridge.pages
    const before = loads(pool)
    const opening = Promise.withResolvers<void>()
    const openLane = SimulatedPage.prototype.openLane
    const slow = vi.spyOn(SimulatedPage.prototype, 'openLane').mockImplementation(async function (
      this: SimulatedPage,
      ...wanted
    ) {
      await opening.promise
      return openLane.apply(this, wanted)
    })
    // The lane is lost, and another one asked for.
    page?.lanes[0]?.close()
    await until(() => slow.mock.calls.length === 1, 'a lane')
    await come(model.release(), 'the release')
    opening.resolve()
    await pass(2000)
    expect(loads(pool)).toBe(before)
    expect(lanes(pool)).toEqual([0])
    slow.mockRestore()
    await pool.close()
  })
})

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

  it('keeps the reason why it rests, though it is asked for and there is no room', async () => {
    const bytes = statSync(stored.model).size
    const pool = await startSimulatedPool({
      ...stored,
      models: 2,
      pool: {
        minConnections: 1,
        maxConnections: 1,
        idleUnloadMs: 500,
        // Of one of them.
        memory: { perPage: 2 * bytes },
      },
      bridge: bridge(),
    })
    const [busy, idle] = pool.models
    if (!busy || !idle) throw new Error('two models were asked for')
    const why = () => Object.values(idle.status().replicas).map(state => 'why' in state && state.why)
    await until(() => why().includes('unused'), 'rest')
    for (const page of pool.bridge.pages) page.slowness = 1000
    const ended = [ask(busy)]
    await until(() => busy.status().state === 'ready', 'the other model')
    ended.push(ask(idle))
    await pass(1)
    expect(why()).toEqual(['unused'])
    for (const page of pool.bridge.pages) page.slowness = 1
    await come(Promise.allSettled(ended), 'both ends')
    await pool.close()
  })

  it('comes again for whoever asked for it by name while it was on its way, where its page went before it was there', async () => {
    const pool = await startSimulatedPool({
      ...stored,
      models: 2,
      pool: {
        minConnections: 1,
        maxConnections: 1,
        idleUnloadMs: 500,
        // Of one of them: the other has it when the page is back.
        memory: { perPage: 2 * statSync(stored.model).size },
      },
      bridge: bridge(),
    })
    const [, model] = pool.models
    if (!model) throw new Error('two models were asked for')
    await until(() => model.status().state === 'resting', 'rest')
    const openLane = SimulatedPage.prototype.openLane
    const slow = vi.spyOn(SimulatedPage.prototype, 'openLane').mockImplementation(async function (
      this: SimulatedPage,
      ...wanted
    ) {
      await this.lost
      return openLane.apply(this, wanted)
    })
    const request = ask(model, 1000)
    await until(() => slow.mock.calls.length === 1, 'a lane')
    let stage: string | undefined
    const listener = (loading: ModelLoading) => {
      if (loading._tag === 'stage') stage = loading.stage
    }
    const heldAgain = pool.parts.models.hold(model.spec, listener, undefined)
    await until(() => stage === 'resting', 'the wait for it')
    await expect(come(request, 'its end')).rejects.toThrow()
    // Nobody has a request of it any more when its page goes.
    slow.mockRestore()
    for (const page of pool.bridge.pages) page.die('it was killed')
    expect((await come(heldAgain, 'the model')).held).toBe(model.held)
    await pool.close()
  })
})

describe('a model on the back-end that is preferred for it', () => {
  const preferred = { browserPreferences: { graph: { backend: 'webnn' } } } as const

  it('comes onto the usual one where each lane ends under its load, and the status says why', async () => {
    const pool = await startSimulatedPool({
      ...stored,
      asked: { platform: 'auto' },
      pool: { minConnections: 1, maxConnections: 1, ...preferred },
      bridge: { ...bridge(), npu: { slowness: 1, endsLanes: true } },
    })
    expect(Object.values(pool.model.status().replicas)).toMatchObject([
      { _tag: 'ready', backend: 'wasm', passedOver: [expect.stringMatching(/its NPU/)] },
    ])
    // As many lanes as may end by chance, and then none there.
    expect(loads(pool)).toBeLessThanOrEqual(12)
    await pool.close()
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'ends up on the usual one where that is ten times as fast (seed %i)',
    async seed => {
      const pool = await startSimulatedPool({
        ...stored,
        asked: { platform: 'auto' },
        pool: { minConnections: 1, maxConnections: 2, scaling: { coolDownMs: 1_000_000 }, ...preferred },
        bridge: { ...bridge(), chance: new Chance(seed), npu: { slowness: 10, endsLanes: false } },
      })
      const backends = () =>
        Object.values(pool.model.status().replicas).map(state =>
          state._tag === 'ready' ? state.backend : state._tag,
        )
      expect(backends()).toEqual(['webnn-npu'])
      let isOver = false
      const client = async () => {
        while (!isOver) await ask(pool.model).catch(() => {})
      }
      for (let count = 0; count < 6; count++) void client()
      await until(() => backends().length === 2 && backends().includes('wasm'), 'the one that compares')
      await pass(5000)
      expect(backends()).toContain('webnn-npu')
      pool.bridge.allPages[0]?.die('it is loaded again')
      await until(() => backends().length === 2 && backends().every(one => one === 'wasm'), 'the usual one')
      // Three, and what chance has loaded again.
      expect(loads(pool)).toBeLessThanOrEqual(6)
      isOver = true
      await pool.close()
    },
  )
})
