import { describe, expect, it } from 'vitest'
import type { ConnectionHealth } from '../../src/health/Health.ts'
import { healthSummary } from '../../src/health/summary.ts'

const well = (connection: string, over: Partial<ConnectionHealth> = {}): ConnectionHealth => ({
  connection,
  score: 100,
  reasons: [],
  breaker: 'closed',
  barredModels: [],
  ...over,
})
const slow = well('b', { score: 44, reasons: ['it is 10.0 times slower than it was'] })
const open = well('c', { breaker: 'open' })

const cases: readonly [
  title: string,
  connections: readonly ConnectionHealth[],
  least: number,
  status: string,
  reasons: readonly string[],
][] = [
  ['is healthy where all are well', [well('a')], 1, 'healthy', []],
  ['is failing where none is up', [], 1, 'failing', ['no connection is up', '0 of 1 connections are up']],
  [
    'is degraded where fewer are up than should be',
    [well('a')],
    2,
    'degraded',
    ['1 of 2 connections are up'],
  ],
  [
    'is degraded where one is',
    [well('a'), slow],
    1,
    'degraded',
    ['b scores 44: it is 10.0 times slower than it was'],
  ],
  ['is degraded while a breaker is open', [well('a'), open], 1, 'degraded', ['c: its breaker is open']],
  [
    'is failing where every breaker is open',
    [open],
    1,
    'failing',
    ['the breaker of every connection is open', 'c: its breaker is open'],
  ],
  [
    'names the model that a connection fails at',
    [well('a', { barredModels: ['bert'] })],
    1,
    'degraded',
    ['a: the breaker of bert is not closed'],
  ],
]

describe('the health of the pool', () => {
  it('is degraded while a connection that is wanted cannot be started', () => {
    expect(healthSummary([well('a')], 1, 'no browser')).toMatchObject({
      status: 'degraded',
      reasons: ['a connection that is wanted could not be started: no browser'],
    })
  })

  it.each(cases)('%s', (_title, connections, least, status, reasons) => {
    expect(healthSummary(connections, least)).toEqual({ status, reasons, connections })
  })
})
