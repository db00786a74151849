import { describe, expect, it } from 'vitest'
import { Traffic } from '../src/Traffic.ts'

describe('Traffic', () => {
  it('counts what came and what was served since it was last asked', () => {
    const traffic = new Traffic()
    traffic.arrived()
    traffic.arrived()
    traffic.served(30, 'm', 1, 0)
    expect(traffic.take(0)).toMatchObject({ arrivals: 2, served: 1, servedMs: 30 })
    expect(traffic.take(0)).toMatchObject({ arrivals: 0, served: 0, servedMs: 0 })
  })

  it('does not count what devices answered, though it came before the last look', () => {
    const traffic = new Traffic()
    traffic.arrived()
    traffic.take(0)
    traffic.servedElsewhere()
    expect(traffic.take(0).arrivals).toBe(0)
    traffic.arrived()
    traffic.arrived()
    expect(traffic.take(0).arrivals).toBe(1)
  })
})
