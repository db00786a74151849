// A simulation of connections that stand and do not do their work: what is done about them, on a virtual clock.

import { describe, expect, it } from 'vitest'
import { Chance } from './Chance.ts'
import type { Ailment, Cure } from './SimulatedBridge.ts'
import { come, startSimulatedPool, until } from './SimulatedPool.ts'
import { simulatedStore } from './simulatedStore.ts'

const stored = simulatedStore()

const order: readonly Cure[] = ['reload', 'browser', 'replacement']

describe('a page that does not become well, simulated', { timeout: 120_000 }, () => {
  it('is tried when its breaker has rested, though nothing else happens in the pool', async () => {
    const { model, bridge, parts, close } = await startSimulatedPool({
      ...stored,
      pool: { minConnections: 1, maxConnections: 1 },
      bridge: {
        chance: new Chance(11),
        serviceMs: 20,
        trouble: { failure: 0, hang: 0 },
        poison: Number.NaN,
      },
    })
    const ask = () => {
      const x = { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(1) }
      return model.run({ tensors: { x } }).then(
        () => 'answered',
        (error: { readonly _tag: string }) => error._tag,
      )
    }
    const [page] = bridge.pages
    if (page) page.isFailing = true
    for (let times = 0; times < 3; times++) expect(await come(ask(), 'a failure')).toBe('RemoteFailed')
    expect(parts.health().status).toBe('failing')
    if (page) page.isFailing = false
    expect(await come(ask(), 'the answer')).toBe('answered')
    await close()
  })

  const cases: readonly { ailment: Ailment; cure: Cure }[] = [
    { ailment: 'fails', cure: 'reload' },
    { ailment: 'fails', cure: 'replacement' },
    { ailment: 'slow', cure: 'browser' },
  ]
  it.each(cases)('$ailment: is helped by $cure, after the lesser steps', async ({ ailment, cure }) => {
    const pool = await startSimulatedPool({
      ...stored,
      pool: { minConnections: 2, maxConnections: 2, deadlineMs: 20_000 },
      bridge: {
        chance: new Chance(11),
        serviceMs: 20,
        trouble: { failure: 0, hang: 0 },
        poison: Number.NaN,
      },
    })
    const { parts, model, bridge } = pool
    const ready = () => Object.values(model.status().replicas).filter(({ _tag }) => _tag === 'ready').length
    await until(() => ready() === 2, 'both')
    const ends = { answered: 0, failed: 0 }
    let isOver = false
    let clients = 2
    const ask = async () => {
      const x = { dtype: 'float32' as const, dims: [1, 1], data: Float32Array.of(1) }
      while (!isOver) {
        await model.run({ tensors: { x } }).then(
          () => ends.answered++,
          () => ends.failed++,
        )
        await new Promise(resolve => setTimeout(resolve, 200))
      }
      clients--
    }
    for (let client = 0; client < 2; client++) void ask()
    // So that it has a past that it can be slower than.
    await until(() => ends.answered > 100, 'a past')
    const [page] = bridge.pages
    if (page) bridge.ail(page, ailment, cure)

    const expected = order.slice(0, order.indexOf(cure) + 1)
    const steps = () => parts.metrics().remedies.recent.map(({ rung }) => rung)
    await until(() => steps().length === expected.length, `the steps to ${cure}`)
    expect(steps()).toEqual(expected)
    // And no more: it is well.
    const curedAt = performance.now()
    await until(() => performance.now() > curedAt + 60_000, 'a minute')
    expect(steps()).toEqual(expected)
    expect(parts.health()).toMatchObject({ status: 'healthy', reasons: [] })
    expect(parts.metrics().remedies.times).toEqual({
      reload: 1,
      browser: expected.length > 1 ? 1 : 0,
      replacement: expected.length > 2 ? 1 : 0,
    })
    // One that failed was run again where all is well.
    expect(ends.failed).toBe(0)
    isOver = true
    await until(() => clients === 0, 'the last answer')
    await pool.close()
  })
})
