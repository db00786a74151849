import { describe, expect, it, vi } from 'vitest'
import type { Standing } from '../src/health/Standing.ts'
import { batching, fitting, poolOf, work } from './dispatched.ts'
import { simulatedLane } from './simulatedLane.ts'

describe('what the dispatcher knows of lanes', () => {
  it('does not take a lane’s first run of a model for its pace, unless it was warmed', async () => {
    const { ask, hold, history } = poolOf()
    const lane = simulatedLane('a')
    hold(lane, { warm: false })
    const kind = { browser: 'chromium', backend: 'wasm' } as const
    ask()
    await lane.answer()
    expect(history.serviceTime('m', kind)).toBeUndefined()
    expect(history.serviceTime('m', kind, { first: true })?.samples).toBe(1)
    ask()
    await lane.answer()
    expect(history.serviceTime('m', kind)?.samples).toBe(1)
  })

  it('gives the candidates of a model as routing sees them', () => {
    const { ask, hold, dispatcher } = poolOf()
    hold(simulatedLane('a'), { preference: 1 })
    ask()
    expect(dispatcher.candidates('m')).toMatchObject([
      { lane: 'a', browser: 'chromium', backend: 'wasm', trust: 'own', credits: 1, preference: 1 },
    ])
  })

  it('expects of a lane the end of the run that the waiting requests would share, and of those that it has', () => {
    const { ask, hold, dispatcher, history } = poolOf(fitting, () => 0)
    const kind = { browser: 'chromium', backend: 'wasm' } as const
    for (let run = 0; run < 9; run++) {
      history.record('m', kind, 40, { batch: 1 })
      history.record('m', kind, 15, { batch: 3 })
    }
    const slow = simulatedLane('a', { depth: 1 })
    hold(slow, { batching: batching() })
    expect(dispatcher.candidates('m')).toMatchObject([{ aheadMs: 0, serviceMs: 40 }])
    for (let asked = 0; asked < 7; asked++) ask()
    // One is on the lane; three of the six that wait would go together.
    expect(dispatcher.candidates('m')).toMatchObject([{ aheadMs: 40, serviceMs: 45 }])
  })

  it('believes a run that is overdue to take as long again, so that nothing waits for a lane that hangs', async () => {
    let now = 0
    const { ask, hold, dispatcher, history } = poolOf(work, () => now)
    const kind = { browser: 'chromium', backend: 'wasm' } as const
    for (let run = 0; run < 9; run++) history.record('m', kind, 40, { batch: 1 })
    const lane = simulatedLane('a')
    hold(lane)
    ask()
    ask()
    const ahead = () => dispatcher.candidates('m')[0]?.aheadMs
    now = 30
    expect(ahead()).toBe(80)
    now = 500
    expect(ahead()).toBe(540)
    await lane.answer()
    // The other one has begun now.
    expect(ahead()).toBeLessThan(200)
  })

  describe('expects nothing of a lane while it loads another model', () => {
    const loading = () => {
      let now = 0
      const { hold, dispatcher } = poolOf(work, () => now)
      let loads = 0
      const lane = simulatedLane('a')
      Object.defineProperty(lane, 'inFlight', { get: () => loads })
      hold(lane)
      /** How it stands then, with so many loads, as it is seen when something has happened in the pool. */
      const at = (then: number, underWay: number) => {
        now = then
        loads = underWay
        dispatcher.pump()
        return dispatcher.candidates('m')[0]?.aheadMs
      }
      return { at }
    }

    it('for as long as that took of late', () => {
      const { at } = loading()
      expect(at(0, 0)).toBe(0)
      at(0, 1)
      // Nothing was measured: it is believed to take as long again.
      expect(at(300, 1)).toBe(300)
      expect(at(500, 0)).toBe(0)
      expect(at(500, 1)).toBe(500)
      expect(at(600, 1)).toBe(400)
    })

    it('and does not take the time in which nobody looked for the length of a load', () => {
      const { at } = loading()
      at(0, 1)
      at(2000, 1)
      // It was over after 2 s; nothing was asked for ten minutes.
      at(600_000, 0)
      expect(at(600_000, 1)).toBe(0)
      expect(at(600_300, 1)).toBe(300)
      // Nor the end of one that may have begun long before it was seen.
      at(600_400, 0)
      at(1_200_000, 1)
      at(1_200_300, 1)
      at(1_200_310, 0)
      expect(at(1_200_310, 1)).toBe(400)
    })
  })

  it('believes of a run of which nothing was measured what runs of other models took, and as long again', async () => {
    let now = 0
    const { ask, hold, dispatcher } = poolOf(work, () => now)
    const [lane, other] = [simulatedLane('a'), simulatedLane('b')]
    const ahead = () => dispatcher.candidates('m')[0]?.aheadMs
    hold(lane)
    hold(other, { model: 'other' })
    ask()
    // Before anything was measured, lanes that are alike are to share what comes.
    now = 500
    expect(ahead()).toBe(1)
    ask('other')
    now = 900
    await other.answer()
    expect(ahead()).toBe(900)
    await lane.fail(new Error('its own'))
    ask()
    expect(ahead()).toBe(400)
  })

  it('gives a lane whose breaker is open nothing, and a degraded one a request now and then', () => {
    let now = 100_000
    const standings = new Map<string, Standing>([['good', 'ok']])
    const { ask, hold, health } = poolOf(work, () => now)
    vi.spyOn(health, 'standing').mockImplementation(connection => standings.get(connection) ?? 'ok')
    const [bad, good] = [simulatedLane('bad', { depth: 9 }), simulatedLane('good', { depth: 99 })]
    hold(bad)
    hold(good)
    standings.set('bad', 'barred')
    for (let asked = 0; asked < 20; asked++) ask()
    expect([bad.held.length, good.held.length]).toEqual([0, 20])
    standings.set('bad', 'degraded')
    for (let asked = 0; asked < 20; asked++) ask()
    expect([bad.held.length, good.held.length]).toEqual([0, 40])
    now += 10_000
    for (let asked = 0; asked < 20; asked++) ask()
    expect([bad.held.length, good.held.length]).toEqual([1, 59])
  })

  it('learns service times from what lanes answer, without the lane’s own queue', async () => {
    const { ask, hold, history } = poolOf()
    const lane = simulatedLane('a')
    hold(lane)
    ask()
    await lane.answer()
    const known = history.serviceTime('m', { browser: 'chromium', backend: 'wasm' })
    expect(known?.samples).toBe(1)
    expect(known?.meanMs).toBeGreaterThan(0)
  })
})
