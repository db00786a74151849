import { describe, expect, it } from 'vitest'
import { Restarts } from '../../src/metrics/Restarts.ts'

const why = { _tag: 'Failure', error: new Error('killed by SIGKILL') } as const

describe('restarts', () => {
  it('are counted for browsers and connections, with their reasons', () => {
    const restarts = new Restarts()
    restarts.hear({ path: '/browsers/chromium-1/process', why }, 10)
    restarts.hear({ path: '/browsers/chromium-1/connections/chromium-1.1', why: { _tag: 'Shutdown' } }, 20)
    expect(restarts.metrics()).toEqual({
      browsers: 1,
      connections: 1,
      recent: [
        { what: 'browser', id: 'chromium-1', why: 'killed by SIGKILL', at: 10 },
        { what: 'connection', id: 'chromium-1.1', why: 'shutdown', at: 20 },
      ],
    })
  })

  it('of anything else are not the pool’s to count', () => {
    const restarts = new Restarts()
    for (const path of ['/models/1-bert', '/browsers/chromium-1/connections', '/scaler'])
      restarts.hear({ path, why }, 1)
    expect(restarts.metrics()).toEqual({ browsers: 0, connections: 0, recent: [] })
  })

  it('are remembered for the latest thirty-two', () => {
    const restarts = new Restarts()
    for (let at = 0; at < 100; at++) restarts.hear({ path: '/browsers/chromium-1/process', why }, at)
    const { browsers, recent } = restarts.metrics()
    expect(browsers).toBe(100)
    expect(recent.map(({ at }) => at)).toEqual(Array.from({ length: 32 }, (_, index) => 68 + index))
  })
})
