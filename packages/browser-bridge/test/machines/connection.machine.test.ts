// Which step the connection's machine takes for what it hears: each rung, and never one more than is needed.
import { describe, expect, it } from 'vitest'
import { ConnectionFailed } from '../../src/errors.ts'
import { defaultConnectionLimits as limits } from '../../src/machines/ConnectionContext.ts'
import type { Recovery } from '../../src/machines/ladder.ts'
import { lost, type Said, silent, start, up } from '../rig/startConnection.ts'

describe('A connection', () => {
  it('opens, shakes hands, and is ready', () => {
    const { say } = start()
    expect(say({ type: 'opened' })).toBe('handshaking')
    expect(say({ type: 'arrived', resumed: false })).toBe('ready')
  })

  it('is ready too when the page dials back before the driver says that it is open', () => {
    const { say } = start()
    expect(say({ type: 'arrived', resumed: false })).toBe('ready')
    expect(say({ type: 'opened' })).toBe('ready')
  })

  it('fails, typed, when the page does not dial back in time', () => {
    const { say, wait, errors } = start()
    say({ type: 'opened' })
    expect(wait(limits.handshakeMs - 1)).toBe('handshaking')
    wait(1)
    expect(errors[0]).toBeInstanceOf(ConnectionFailed)
    expect(String(errors[0])).toContain('did not dial back in time')
  })

  it('first pings a silent page, and goes on when it speaks again', () => {
    const { say, did, context } = start()
    expect(say(...up, silent)).toBe('unresponsive')
    expect(say({ type: 'heard' })).toBe('ready')
    expect(did).toEqual(['ping'])
    expect(context()).toMatchObject({ pings: 1, reconnects: 0, reloads: 0 })
  })

  it('cuts a socket that does not answer the ping, and waits for the page to dial', () => {
    const { say, wait, did, context } = start()
    say(...up, silent)
    expect(wait(limits.pingMs)).toBe('reconnecting')
    expect(say({ type: 'arrived', resumed: true })).toBe('ready')
    expect(did).toEqual(['ping', 'cut'])
    expect(context()).toMatchObject({ reconnects: 1, reloads: 0 })
  })

  it('loads a page again whose socket answers while it stays silent: dialling would ask the same worker', () => {
    const { say, did } = start()
    expect(say(...up, silent, { type: 'pong' })).toBe('reloading')
    expect(did).toEqual(['ping', 'reload'])
    expect(say({ type: 'arrived', resumed: false })).toBe('ready')
  })

  it('loads a page again that does not dial back after its socket dropped, once', () => {
    const { say, wait, did, errors } = start()
    expect(say(...up, lost)).toBe('reconnecting')
    expect(did).toEqual([])
    expect(wait(limits.reconnectMs)).toBe('reloading')
    wait(limits.reloadMs)
    expect(did).toEqual(['reload', 'blame'])
    expect(errors[0]).toBeInstanceOf(ConnectionFailed)
  })

  it('loads a page again whose main thread hangs', () => {
    const { say } = start()
    expect(say(...up, { type: 'mainHung', forMs: 20_000 })).toBe('reloading')
  })

  it('fails when its page is gone, or cannot be loaded again: that alone is laid at the browser’s door', () => {
    for (const [event, blames] of [
      [{ type: 'reloadFailed', reason: 'no answer' }, ['blame']],
      [{ type: 'pageEnded', reason: 'crashed' }, []],
    ] as const) {
      const { say, errors, did } = start()
      say(...up, { type: 'mainHung', forMs: 20_000 }, event)
      expect(String(errors[0])).toContain(event.reason)
      expect(did.slice(1)).toEqual(blames)
    }
  })

  it('waits, when its browser is gone, for the browser’s own supervisor, and only then fails', () => {
    const { say, wait, errors } = start()
    expect(say(...up, lost, { type: 'browserGone', reason: 'killed' })).toBe('orphaned')
    expect(say({ type: 'pageEnded', reason: 'gone' }, lost)).toBe('orphaned')
    expect(wait(limits.orphanMs - 1)).toBe('orphaned')
    wait(1)
    expect(errors).toHaveLength(1)
  })

  it('ends normally once it is drained, and after the limit when it is not', () => {
    for (const end of [
      (one: ReturnType<typeof start>) => one.say({ type: 'drained' }),
      (one: ReturnType<typeof start>) => one.wait(limits.drainMs),
    ]) {
      const started = start()
      expect(started.say(...up, { type: 'drain' })).toBe('draining')
      end(started)
      expect([started.status(), started.errors]).toEqual(['done', []])
    }
  })

  it('is given work whenever it has become ready', () => {
    const { say, stood, wait } = start()
    const again: Said = { type: 'arrived', resumed: true }
    say(...up)
    expect(stood()).toBe(1)
    say(again)
    expect(stood()).toBe(2)
    say(lost, again)
    expect(stood()).toBe(3)
    say(silent, { type: 'heard' })
    expect(stood()).toBe(4)
    say(silent, again)
    expect(stood()).toBe(5)
    wait(limits.steadyMs)
    say(silent, { type: 'pong' }, { type: 'arrived', resumed: false })
    expect(stood()).toBe(6)
  })

  it('that is drained is not given work by a page that dials again meanwhile', () => {
    const { say, stood, status } = start()
    expect(say(...up, { type: 'drain' }, { type: 'arrived', resumed: true })).toBe('draining')
    expect(stood()).toBe(1)
    say({ type: 'drained' })
    expect(status()).toBe('done')
  })

  it('is ready at once when its page dials again before its lost socket was noticed', () => {
    const { say, did, recoveries } = start()
    expect(say(...up, { type: 'arrived', resumed: true })).toBe('ready')
    expect(did).toEqual([])
    expect(recoveries.at(-1)).toMatchObject({ rung: 'reconnect', why: 'socketLost', readyMs: 0 })
  })

  it('needs no cut when a page that nobody heard dials again by itself', () => {
    const { say, wait, did } = start()
    expect(say(...up, silent, { type: 'arrived', resumed: true })).toBe('ready')
    wait(limits.pingMs)
    expect(did).toEqual(['ping'])
  })
})

describe('A recovery', () => {
  it.each<[string, Said[], number, Said, Partial<Recovery>]>([
    [
      'a silence that a ping ended',
      [silent],
      300,
      { type: 'heard' },
      { rung: 'ping', why: 'linkSilent', noticedMs: 6000 },
    ],
    [
      'a dropped socket',
      [lost],
      300,
      { type: 'arrived', resumed: true },
      { rung: 'reconnect', why: 'socketLost', noticedMs: 0 },
    ],
    [
      'a hung main thread',
      [{ type: 'mainHung', forMs: 20_500 }],
      900,
      { type: 'arrived', resumed: false },
      { rung: 'reload', why: 'mainHung', noticedMs: 20_500 },
    ],
    [
      'a link that hangs',
      [silent, { type: 'pong' }],
      900,
      { type: 'arrived', resumed: false },
      { rung: 'reload', why: 'linkSilent', noticedMs: 6000 },
    ],
  ])('from %s says by which step, why, and how long each part took', (_, falls, ms, end, recovery) => {
    const { say, wait, recoveries, context } = start()
    say(...up, ...falls)
    wait(ms)
    expect(say(end)).toBe('ready')
    expect(recoveries.at(-1)).toMatchObject({ subject: 'c', readyMs: ms, ...recovery })
    expect(context().recoveries).toEqual(recoveries.slice(1))
    expect(context().fall).toBeUndefined()
  })

  it('counts from the first sign, whatever else is noticed on the way up', () => {
    const { say, wait, recoveries } = start()
    say(...up, silent)
    wait(limits.pingMs)
    say(lost)
    wait(500)
    say({ type: 'arrived', resumed: true })
    expect(recoveries.at(-1)).toMatchObject({
      why: 'linkSilent',
      rung: 'reconnect',
      readyMs: limits.pingMs + 500,
    })
  })

  it.each(['page', 'browser'] as const)(
    'that its successor brings about, as another %s, is told by that',
    rung => {
      const before = start()
      before.say(...up)
      before.wait(1_000)
      before.say(lost)
      before.wait(100)
      before.say(
        rung === 'page'
          ? { type: 'pageEnded', reason: 'crashed' }
          : { type: 'browserGone', reason: 'killed' },
      )
      const fall = before.carried()
      expect(fall).toMatchObject({ why: 'socketLost', at: 1_000 })
      if (fall === undefined) return
      const after = start()
      after.wait(1_900)
      after.say({ type: 'succeeds', fall, rung }, ...up)
      expect(after.recoveries.at(-1)).toMatchObject({ rung, why: 'socketLost', readyMs: 900 })
    },
  )

  it('is not told of a page that only starts', () => {
    const { say, context } = start()
    say(...up)
    expect(context().recoveries).toEqual([])
  })
})
