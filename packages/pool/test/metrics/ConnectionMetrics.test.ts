import { describe, expect, it } from 'vitest'
import type { ConnectionHealth } from '../../src/health/Health.ts'
import {
  type ConnectionFacts,
  type ConnectionState,
  connectionMetrics,
} from '../../src/metrics/ConnectionMetrics.ts'

const up: ConnectionFacts = {
  connection: 'chromium-1.1',
  browserId: 'chromium-1',
  browser: 'chromium',
  standing: 'up',
  isLeaving: false,
  isSpare: false,
}
const well: ConnectionHealth = {
  connection: 'chromium-1.1',
  score: 100,
  reasons: [],
  breaker: 'closed',
  barredModels: [],
}

describe('a connection', () => {
  const cases: readonly (readonly [
    state: ConnectionState,
    when: string,
    facts: Partial<ConnectionFacts>,
    health: Partial<ConnectionHealth>,
  ])[] = [
    ['starting', 'it has not been up yet', { standing: 'starting' }, {}],
    ['recovering', 'it was up and is not', { standing: 'fallen' }, {}],
    ['working', 'it is up and well', {}, {}],
    ['spare', 'it is up and held ready', { isSpare: true }, {}],
    ['degraded', 'it scores too low', {}, { score: 49 }],
    ['degraded', 'it is the spare and scores too low', { isSpare: true }, { score: 49 }],
    ['barred', 'its breaker is open', {}, { breaker: 'open', score: 10 }],
    ['barred', 'its breaker admits trials only', {}, { breaker: 'halfOpen' }],
    ['leaving', 'it is to go, whatever else it is', { isLeaving: true }, { breaker: 'open' }],
  ]
  it.each(cases)('is %s where %s', (state, _when, facts, health) => {
    expect(connectionMetrics([{ ...up, ...facts }], [{ ...well, ...health }])).toEqual([
      { connection: 'chromium-1.1', browserId: 'chromium-1', browser: 'chromium', state },
    ])
  })

  it('is working where health has not heard of it yet', () => {
    expect(connectionMetrics([up], [])).toMatchObject([{ state: 'working' }])
  })
})
