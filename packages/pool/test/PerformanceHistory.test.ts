import { describe, expect, it } from 'vitest'
import { type LaneKind, RecentHistory } from '../src/PerformanceHistory.ts'

const kind: LaneKind = { browser: 'chromium', backend: 'wasm' }

describe('RecentHistory', () => {
  it('knows nothing of what it was never told', () => {
    expect(new RecentHistory().serviceTime('m', kind)).toBeUndefined()
  })

  it('tells sizes of runs apart, and takes the nearest where one was not measured', () => {
    const history = new RecentHistory()
    history.record('m', kind, 10)
    history.record('m', kind, 4, { batch: 8 })
    expect(history.serviceTime('m', kind)?.meanMs).toBe(10)
    expect(history.serviceTime('m', kind, { batch: 8 })?.meanMs).toBe(4)
    expect(history.serviceTime('m', kind, { batch: 6 })?.meanMs).toBe(4)
  })

  it('does not let a first run pass for any other', () => {
    const history = new RecentHistory()
    history.record('m', kind, 900, { first: true })
    expect(history.serviceTime('m', kind)).toBeUndefined()
    history.record('m', kind, 10)
    expect(history.serviceTime('m', kind)).toEqual({ meanMs: 10, samples: 1 })
    expect(history.serviceTime('m', kind, { first: true })).toEqual({ meanMs: 900, samples: 1 })
  })

  it('tells what a run would take beside as many lanes as are busy now', () => {
    // Each lane slows the others down by its whole self.
    const history = new RecentHistory((busy, reference) => busy / reference)
    history.record('m', kind, 10, { busy: 2 })
    expect(history.serviceTime('m', kind, { busy: 4 })?.meanMs).toBe(20)
    expect(history.serviceTime('m', kind, { busy: 1 })?.meanMs).toBe(5)
  })

  it('forgets a model that is gone', () => {
    const history = new RecentHistory()
    history.record('m', kind, 10)
    history.record('m', kind, 90, { first: true })
    history.forget('m')
    expect(history.serviceTime('m', kind)).toBeUndefined()
    expect(history.serviceTime('m', kind, { first: true })).toBeUndefined()
  })
})
