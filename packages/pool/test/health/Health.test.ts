// What is told of runs against what is said of connections, over real breaker actors on a virtual clock.

import { behavior, child } from '@shoal/core'
import { startTestSystem, type TestSystem } from '@shoal/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BreakerRef } from '../../src/health/Breaker.ts'
import { breakerMachine, defaultBreaker } from '../../src/health/breaker.machine.ts'
import { Health } from '../../src/health/Health.ts'

let system: TestSystem
let health: Health
let passed: number
let breakers: Map<string, BreakerRef>
/** Breakers that are yet to fail to start. */
let unstartable: number
beforeEach(async () => {
  system = await startTestSystem()
  breakers = new Map()
  passed = 0
  unstartable = 0
  const logic = breakerMachine
  health = new Health({
    now: () => system.virtual.now(),
    onPassable: () => passed++,
    startBreaker: async id => {
      if (unstartable-- > 0) throw new Error('its supervisor is being started again')
      const { ref } = await system.spawn(child({ id, behavior: behavior({ logic }), input: defaultBreaker }))
      breakers.set(id, ref)
      ref.watch(() => breakers.delete(id))
      return ref
    },
  })
  health.up('a')
  health.up('b')
  for (const connection of ['a', 'b']) answered(connection, 1, 10)
  await system.settle()
})
afterEach(() => system.stop())

function answered(connection: string, times: number, serviceMs: number, model = 'm') {
  for (let run = 0; run < times; run++) {
    health.given(connection, model)
    health.ended(connection, model, { _tag: 'answered', serviceMs })
  }
}

function failed(connection: string, times: number, model = 'm') {
  for (let run = 0; run < times; run++) {
    health.given(connection, model)
    health.ended(connection, model, { _tag: 'failed' })
  }
}

const standings = (model = 'm') => [health.standing('a', model), health.standing('b', model)]

describe('health', () => {
  it('bars a connection after five failures in a row, and tries it after thirty seconds', async () => {
    failed('a', 5)
    await system.settle()
    expect(standings()).toEqual(['barred', 'ok'])
    await system.advance('30 seconds')
    expect(standings()).toEqual(['trial', 'ok'])
    answered('a', 3, 10)
    await system.settle()
    expect(health.list()[0]).toMatchObject({ connection: 'a', breaker: 'closed', barredModels: [] })
  })

  it('starts a breaker that could not be started with the next work that is given', async () => {
    unstartable = 2
    health.up('c')
    failed('c', 1)
    await system.settle()
    expect([...breakers.keys()]).not.toContain('c')
    failed('c', 5)
    await system.settle()
    expect(health.list().find(({ connection }) => connection === 'c')).toMatchObject({ breaker: 'open' })
  })

  it('tells when what was barred may be tried, so that what waits is given out', async () => {
    failed('a', 5)
    await system.settle()
    expect(passed).toBe(0)
    await system.advance('30 seconds')
    // The connection, and the model on it.
    expect(passed).toBe(2)
  })

  it('tells when a connection is well again by what is seen of it, so that what waits is given out', () => {
    for (const connection of ['a', 'b']) answered(connection, 40, 10)
    answered('a', 5, 50)
    const silent = { missedBeats: 3, lateBeats: 0, mainMs: 0, memory: undefined }
    health.look(new Map([['a', silent]]))
    expect(standings()).toEqual(['degraded', 'ok'])
    health.look(new Map([['a', silent]]))
    expect(passed).toBe(0)
    health.look(new Map())
    expect(standings()).toEqual(['ok', 'ok'])
    expect(passed).toBe(1)
  })

  it('tells when a connection is well again because the model that was slow there is gone', () => {
    for (const connection of ['a', 'b']) answered(connection, 40, 10)
    answered('a', 5, 100)
    expect(standings()).toEqual(['degraded', 'ok'])
    health.forget('m')
    expect(standings('other')).toEqual(['ok', 'ok'])
    expect(passed).toBe(1)
  })

  it('bars one model on a connection where others do well there', async () => {
    answered('a', 1, 10, 'other')
    await system.settle()
    for (let run = 0; run < 5; run++) {
      failed('a', 1)
      answered('a', 1, 10, 'other')
    }
    await system.settle()
    expect([health.standing('a', 'm'), health.standing('a', 'other')]).toEqual(['barred', 'ok'])
    expect(health.list()[0]).toMatchObject({ breaker: 'closed', barredModels: ['m'] })
  })

  it('calls a connection degraded that answers, ten times slower than it did', () => {
    answered('a', 40, 10)
    answered('b', 40, 10)
    expect(standings()).toEqual(['ok', 'ok'])
    answered('a', 5, 100)
    expect(standings()).toEqual(['degraded', 'ok'])
    expect(health.list()[0]?.reasons).toEqual(['it is 10.0 times slower than it was'])
    answered('a', 8, 10)
    expect(standings()).toEqual(['ok', 'ok'])
  })

  it('counts how long a connection has been degraded until it has clearly recovered', async () => {
    const degradedMs = () => health.troubles()[0]?.degradedMs
    answered('a', 40, 10)
    answered('b', 40, 10)
    answered('a', 5, 100)
    await system.advance('10 seconds')
    answered('a', 8, 70)
    expect(standings()).toEqual(['ok', 'ok'])
    await system.advance('10 seconds')
    expect(degradedMs()).toBe(20_000)
    answered('a', 8, 10)
    expect(degradedMs()).toBe(0)
  })

  it('does not call them degraded where all became slower together: the machine is busy', () => {
    answered('a', 40, 10)
    answered('b', 40, 10)
    answered('a', 4, 100)
    answered('b', 8, 100)
    answered('a', 8, 100)
    expect(standings()).toEqual(['ok', 'ok'])
  })

  it('finds no trouble with one that is alone and is asked for more: its inputs may have become larger', async () => {
    health.down('b', true)
    answered('a', 40, 10)
    for (let minute = 0; minute < 5; minute++) {
      answered('a', 5, 100)
      expect(health.troubles()).toMatchObject([{ connection: 'a', degradedMs: 0, hasPeers: false }])
      expect(health.standing('a', 'm')).toBe('ok')
      await system.advance('1 minute')
    }
    expect(health.list()[0]?.reasons).toEqual([
      'it is 10.0 times slower than it was, or is asked for more: no other runs the same',
    ])
    // What it takes for so long is what it takes.
    answered('a', 64, 100)
    expect(health.list()[0]).toMatchObject({ score: 100, reasons: [] })
  })

  it('finds no trouble with a model that is on one connection alone, though another is beside it', () => {
    answered('a', 40, 10, 'here alone')
    answered('a', 8, 100, 'here alone')
    expect(health.troubles()).toMatchObject([{ connection: 'a', degradedMs: 0, hasPeers: true }, {}])
    expect(standings()).toEqual(['ok', 'ok'])
  })

  it('does not hold one against another that came when it was asked for more already', async () => {
    health.down('b', true)
    answered('a', 80, 10)
    answered('a', 8, 100)
    await system.advance('1 minute')
    health.up('c')
    for (let run = 0; run < 100; run++) {
      answered('a', 1, 100)
      answered('c', 1, 100)
      expect([health.standing('a', 'm'), health.standing('c', 'm')]).toEqual(['ok', 'ok'])
    }
    answered('a', 8, 1_000)
    expect([health.standing('a', 'm'), health.standing('c', 'm')]).toEqual(['degraded', 'ok'])
  })

  it('finds trouble with one that is alone, is slower and fails', () => {
    health.down('b', true)
    answered('a', 40, 10)
    answered('a', 8, 100)
    for (let run = 0; run < 10; run++) {
      answered('a', 1, 100)
      failed('a', 1)
    }
    expect(health.standing('a', 'm')).toBe('degraded')
  })

  it('lowers the score of a connection whose link misses beats, until it is heard again', () => {
    const silent = { missedBeats: 3, lateBeats: 0, mainMs: 0, memory: undefined }
    health.look(
      new Map([
        ['a', silent],
        ['b', { ...silent, missedBeats: 0 }],
      ]),
    )
    expect(health.list()).toMatchObject([
      { score: 70, reasons: ['its link has missed 3 beats'] },
      { score: 100 },
    ])
    health.look(new Map())
    expect(health.list()).toMatchObject([{ score: 100 }, { score: 100 }])
  })

  it('forgets a model that is gone, its breakers and its pace too', async () => {
    answered('a', 60, 10, 'other')
    for (const connection of ['a', 'b']) answered(connection, 40, 10, 'gone')
    answered('a', 8, 100, 'gone')
    for (let run = 0; run < 5; run++) {
      failed('a', 1, 'gone')
      answered('a', 3, 10, 'other')
    }
    await system.settle()
    expect(health.list()[0]?.barredModels).toEqual(['gone'])
    expect(health.troubles()[0]).toMatchObject({ modelOpenings: 1 })
    expect(health.standing('a', 'other')).toBe('degraded')
    health.forget('gone')
    await system.settle()
    expect(health.list()[0]).toMatchObject({ barredModels: [], reasons: ['5 of its last 20 runs failed'] })
    expect(health.troubles()[0]).toMatchObject({ modelOpenings: 0, degradedMs: 0 })
    expect([...breakers.keys()].sort()).toEqual(['a', 'a.m', 'a.other', 'b', 'b.m'])
  })

  it('takes no run that ends after its model for a sign of it', async () => {
    health.given('a', 'gone')
    health.forget('gone')
    health.ended('a', 'gone', { _tag: 'noVerdict' })
    health.ended('a', 'gone', { _tag: 'answered', serviceMs: 1 })
    await system.settle()
    expect([...breakers.keys()]).not.toContain('a.gone')
  })

  it('draws no conclusion from what ended by its caller’s doing', () => {
    for (let run = 0; run < 9; run++) health.ended('a', 'm', { _tag: 'noVerdict' })
    expect(health.list()[0]).toMatchObject({ score: 100 })
  })

  it('remembers for five minutes that a connection was lost, and not that it was started anew', async () => {
    const scoreAfterReturn = () => {
      health.up('a')
      return health.list().find(({ connection }) => connection === 'a')?.score
    }
    health.down('a', true)
    expect(scoreAfterReturn()).toBe(100)
    health.down('a')
    expect(scoreAfterReturn()).toBe(90)
    await system.advance('5 minutes')
    await system.advance('1 second')
    answered('a', 1, 10)
    expect(scoreAfterReturn()).toBe(100)
  })
})
