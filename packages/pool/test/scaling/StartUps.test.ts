import { describe, expect, it } from 'vitest'
import { StartUps } from '../../src/scaling/StartUps.ts'

describe('start-ups', () => {
  it('are measured from when a connection was started until it served', () => {
    const startUps = new StartUps()
    startUps.observe(0, 1, 1)
    startUps.observe(1_000, 3, 1)
    expect(startUps.meanMs).toBeUndefined()
    startUps.observe(3_000, 3, 2)
    expect(startUps.meanMs).toBe(2_000)
    startUps.observe(5_000, 3, 3)
    expect(startUps.meanMs).toBe(3_000)
  })

  it('count one that was lost and came back', () => {
    const startUps = new StartUps()
    startUps.observe(0, 2, 2)
    startUps.observe(1_000, 2, 1)
    startUps.observe(1_500, 2, 2)
    expect(startUps.meanMs).toBe(500)
  })
})
