import { describe, expect, it } from 'vitest'
import type { Resources } from '../../src/scaling/Sample.ts'
import { Sampler } from '../../src/scaling/Sampler.ts'
import { Traffic } from '../../src/Traffic.ts'

const reading = (usedBytes: number): Resources => ({
  usedBytes,
  limitBytes: 100,
  browserBytes: undefined,
  browserBytesAre: 'PSS',
  cpuBusy: 0,
  cores: 1,
})

function samplerOf(resources: () => Promise<Resources | undefined>) {
  const pool = { now: 0, started: 4 }
  const sampler = new Sampler({
    now: () => pool.now,
    traffic: new Traffic(),
    requests: () => ({ waiting: 0, running: 0 }),
    connections: () => ({ started: pool.started, ready: pool.started, serving: pool.started }),
    browserPids: () => [],
    resources,
  })
  return { pool, sampler }
}

/** Lets a reading that is under way end. */
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('a look at the pool', () => {
  it('tells how many connections there were when memory was begun to be read', async () => {
    let end = (_: Resources) => {}
    const { pool, sampler } = samplerOf(() => new Promise(resolve => (end = resolve)))
    expect(sampler.sample()).toMatchObject({ resources: undefined })
    pool.started = 3
    end(reading(90))
    await settled()
    pool.now = 250
    expect(sampler.sample()).toMatchObject({
      started: 3,
      resources: { usedBytes: 90 },
      atReading: { started: 4, ready: 4 },
    })
    expect(sampler.machine).toMatchObject({ at: 0 })
  })

  it('keeps the last reading where the next one fails, and reads again', async () => {
    const readings = [reading(10), 'fails', undefined, reading(20)]
    const { pool, sampler } = samplerOf(async () => {
      const next = readings.shift()
      if (next === 'fails') throw new Error('the system does not say')
      return next as Resources | undefined
    })
    const used: (number | undefined)[] = []
    for (let look = 0; look < 5; look++) {
      used.push(sampler.sample().resources?.usedBytes)
      await settled()
      pool.now += 3_000
    }
    expect(used).toEqual([undefined, 10, 10, 10, 20])
  })

  it('keeps the reading that was begun last, whichever ends last', async () => {
    const ends: ((read: Resources) => void)[] = []
    const { pool, sampler } = samplerOf(() => new Promise(resolve => ends.push(resolve)))
    for (const at of [0, 3_000]) {
      pool.now = at
      sampler.sample()
    }
    ends[1]?.(reading(20))
    await settled()
    ends[0]?.(reading(10))
    await settled()
    expect(sampler.machine).toMatchObject({ at: 3_000, resources: { usedBytes: 20 } })
  })
})
