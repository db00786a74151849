// What the connection's machine does where it is not one fall alone: falls in a row, a recycling beside them, a host that
// stood still meanwhile.
import { describe, expect, it } from 'vitest'
import { ConnectionFailed } from '../../src/errors.ts'
import { defaultConnectionLimits as limits } from '../../src/machines/ConnectionContext.ts'
import { lost, type Said, silent, start, up } from '../rig/startConnection.ts'

describe('Falls in a row', () => {
  const hang: Said = { type: 'mainHung', forMs: 20_000 }
  const back: Said = { type: 'arrived', resumed: false }

  it('wait longer and longer for their reload, the first not at all', () => {
    const { say, wait } = start()
    expect(say(...up, hang)).toBe('reloading')
    for (const ms of [limits.backOffMs, 2 * limits.backOffMs, 4 * limits.backOffMs]) {
      say(back)
      expect(say(hang)).toBe('waiting')
      expect(wait(ms - 1)).toBe('waiting')
      expect(wait(1)).toBe('reloading')
    }
  })

  it('of a page that dials again and again before its lost socket is noticed count as well', () => {
    const { say, wait, errors, did, recoveries } = start()
    const again: Said = { type: 'arrived', resumed: true }
    say(...up)
    for (let fall = 0; fall < limits.fallsInARow; fall++) {
      wait(limits.steadyMs / 5)
      expect(say(again)).toBe('ready')
    }
    wait(limits.steadyMs / 5)
    say(again)
    expect(errors[0]).toBeInstanceOf(ConnectionFailed)
    expect(String(errors[0])).toContain('dialled again')
    expect(did).toEqual(['blame'])
    expect(recoveries).toHaveLength(1 + limits.fallsInARow)
  })

  it('end when a link that was silent speaks again before its page is loaded again', () => {
    const { say, recoveries, did } = start()
    say(...up, lost, { type: 'arrived', resumed: true })
    expect(say(silent, { type: 'pong' })).toBe('waiting')
    expect(say({ type: 'heard' })).toBe('ready')
    expect(recoveries.at(-1)).toMatchObject({ rung: 'ping', why: 'linkSilent' })
    expect(did).toEqual(['ping'])
  })

  it('end when a page that waits dials by itself', () => {
    const { say, recoveries } = start()
    say(...up, hang, back, silent, { type: 'pong' })
    expect(say({ type: 'arrived', resumed: true })).toBe('ready')
    expect(recoveries.at(-1)).toMatchObject({ rung: 'reconnect' })
  })

  it('of a main thread that hangs end by a reload alone: a page that dials by itself is as it was', () => {
    const { say, wait, recoveries, stood } = start()
    say(...up, hang, back, hang)
    expect(say({ type: 'arrived', resumed: true }, { type: 'heard' })).toBe('waiting')
    expect(stood()).toBe(2)
    expect(wait(limits.backOffMs)).toBe('reloading')
    say(back)
    expect(recoveries.map(recovery => recovery?.rung).slice(1)).toEqual(['reload', 'reload'])
  })

  it('more than the limit are laid at the browser’s door, and another page is opened', () => {
    const { say, errors, did } = start()
    say(...up)
    for (let fall = 0; fall < limits.fallsInARow; fall++) say(lost, { type: 'arrived', resumed: true })
    expect(errors).toEqual([])
    say(lost)
    expect(errors[0]).toBeInstanceOf(ConnectionFailed)
    expect(did).toEqual(['blame'])
  })

  it('are forgotten by a connection that has stood long enough', () => {
    const { say, wait, errors } = start()
    say(...up)
    for (let fall = 0; fall < 10; fall++) {
      wait(limits.steadyMs)
      expect(say(hang)).toBe('reloading')
      say(back)
    }
    expect(errors).toEqual([])
  })
})

describe('A connection that is recycled', () => {
  it('finishes what is in flight, loads its page again, and says so', () => {
    const { say, wait, did, recoveries } = start()
    expect(say(...up, { type: 'recycle' })).toBe('recycling')
    expect(did).toEqual(['drain'])
    expect(say({ type: 'drained' })).toBe('reloading')
    wait(400)
    expect(say({ type: 'arrived', resumed: false })).toBe('ready')
    expect(recoveries.at(-1)).toMatchObject({ why: 'recycled', rung: 'reload', noticedMs: 0, readyMs: 400 })
  })

  it('is not given work by a page that dials again meanwhile', () => {
    const { say, stood } = start()
    expect(say(...up, { type: 'recycle' }, { type: 'arrived', resumed: true })).toBe('recycling')
    expect(stood()).toBe(1)
    expect(say({ type: 'drained' })).toBe('reloading')
    expect(say({ type: 'arrived', resumed: false })).toBe('ready')
    expect(stood()).toBe(2)
  })

  it('loads its page again also where its socket drops meanwhile, as soon as the page is back or is late', () => {
    for (const late of [false, true]) {
      const { say, wait, stood, did, recoveries } = start()
      expect(say(...up, { type: 'recycle' }, lost, { type: 'drained' })).toBe('returning')
      if (late) expect(wait(limits.reconnectMs)).toBe('reloading')
      else expect(say({ type: 'arrived', resumed: true })).toBe('reloading')
      expect([stood(), did]).toEqual([1, ['drain', 'reload']])
      expect(say({ type: 'arrived', resumed: false })).toBe('ready')
      expect(recoveries.at(-1)).toMatchObject({ why: 'socketLost', rung: 'reload' })
    }
  })

  it.each<[string, Said]>([
    ['falls silent', silent],
    ['is found hung', { type: 'mainHung', forMs: 20_000 }],
  ])('loads its page again at once where it %s meanwhile, also in a row of falls', (_what, fall) => {
    const { say, did } = start()
    const again: Said = { type: 'arrived', resumed: true }
    // One that was heard again while it waited would be given work by nobody: who drained it waits for another page.
    expect(say(...up, lost, again, { type: 'recycle' }, fall)).toBe('reloading')
    expect(did).toEqual(['drain', 'reload'])
  })

  it.each<[string, Said[], string]>([
    ['silent', [silent], 'reloading'],
    [
      'about to be loaded again',
      [lost, { type: 'arrived', resumed: true }, silent, { type: 'pong' }],
      'reloading',
    ],
    ['without a socket', [lost], 'returning'],
  ])(
    'is loaded again also where it is %s by then: who drained it waits for another page',
    (_what, falls, state) => {
      const { say, did } = start()
      expect(say(...up, ...falls, { type: 'recycle' })).toBe(state)
      if (state === 'returning') expect(say({ type: 'arrived', resumed: true })).toBe('reloading')
      expect(say({ type: 'heard' })).toBe('reloading')
      expect(did.at(-1)).toBe('reload')
      expect(say({ type: 'arrived', resumed: false })).toBe('ready')
    },
  )

  it('has not fallen: the next fall is the first in a row', () => {
    const { say, context } = start()
    say(...up, { type: 'recycle' }, { type: 'drained' }, { type: 'arrived', resumed: false }, lost)
    expect(context().falls).toBeLessThanOrEqual(1)
  })
})

describe('A host that stood still', () => {
  /** The most that one slice of a wait counts. */
  const countedMs = 500
  const again: Said = { type: 'arrived', resumed: true }
  const anew: Said = { type: 'arrived', resumed: false }
  const back: Said = { type: 'heard' }
  it.each<[string, string, Said[], number, Said, string[]]>([
    ['answers a ping', 'unresponsive', [...up, silent], limits.pingMs, back, ['ping']],
    ['dials again', 'reconnecting', [...up, lost], limits.reconnectMs, again, []],
    ['dials back', 'handshaking', [{ type: 'opened' }], limits.handshakeMs, anew, []],
    [
      'is loaded again',
      'reloading',
      [...up, { type: 'mainHung', forMs: 20_000 }],
      limits.reloadMs,
      anew,
      ['reload'],
    ],
  ])('hears first of a page that %s what came meanwhile', (_what, state, before, limitMs, end, did) => {
    for (const waitedMs of [0, 100, limitMs - 1]) {
      const page = start()
      expect(page.say(...before)).toBe(state)
      page.wait(waitedMs)
      expect(page.pause(3_600_000)).toBe(state)
      expect(page.say(end)).toBe('ready')
      expect([page.did, page.errors]).toEqual([did, []])
    }
  })

  it('waits on for whom it does not hear then, nearly as long as it would have', () => {
    const { say, wait, pause, did } = start()
    say(...up, lost)
    wait(1_000)
    for (let times = 0; times < 5; times++) expect(pause(20_000)).toBe('reconnecting')
    expect(wait(limits.reconnectMs - 1_000 - 5 * countedMs - 1)).toBe('reconnecting')
    expect(wait(1)).toBe('reloading')
    expect(did).toEqual(['reload'])
  })

  it.each([400, 600, 5_000, 60_000])(
    'that is held for %d ms at each turn ends each wait all the same',
    ms => {
      const { say, pause } = start()
      say(...up, lost)
      let turns = 1
      while (pause(ms) === 'reconnecting') expect(turns++).toBeLessThan(limits.reconnectMs / 250)
      const fewest = limits.reconnectMs / Math.min(ms, countedMs)
      expect(turns).toBeGreaterThanOrEqual(fewest)
      // One slice more for what came during the last.
      expect(turns).toBeLessThanOrEqual(fewest + 1)
    },
  )
})
