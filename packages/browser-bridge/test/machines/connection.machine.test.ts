// Which step the connection's machine takes for what it hears: each rung, and never one more than is needed.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import { ConnectionFailed } from '../../src/errors.ts'
import { defaultConnectionLimits as limits } from '../../src/machines/ConnectionContext.ts'
import type { ConnectionCommand, SessionEvent } from '../../src/machines/ConnectionEvent.ts'
import { connectionMachine } from '../../src/machines/connection.machine.ts'
import type { Fall, Recovery } from '../../src/machines/ladder.ts'
import { patience } from '../../src/machines/patience.ts'

type Untimed<E> = E extends SessionEvent ? Omit<E, 'at'> : never
/** Divides every limit. */
const stepMs = 50

type Said = Untimed<SessionEvent> | ConnectionCommand

/** The machine with a session that says only what the test says, and a diary of what it was told to do. */
const start = () => {
  const did: string[] = []
  const clock = new SimulatedClock()
  const errors: unknown[] = []
  const recoveries: (Recovery | undefined)[] = []
  let carried: Fall | undefined
  let stood = 0
  const machine = connectionMachine.provide({
    actors: {
      session: fromEffect<never, unknown>(() => Effect.never),
      patience: patience(() => clock.now()),
    },
    actions: {
      standUp: () => {
        stood += 1
      },
      ping: () => did.push('ping'),
      cutSocket: () => did.push('cut'),
      reloadPage: () => did.push('reload'),
      drainPage: () => did.push('drain'),
      blameBrowser: () => did.push('blame'),
      report: ({ context }) => recoveries.push(context.recoveries.at(-1)),
      carry: ({ context }) => {
        carried = context.fall
      },
    },
  })
  const actor = createActor(machine, { clock, input: { id: 'c', limits } })
  actor.subscribe({ error: error => errors.push(error) })
  actor.start()
  const say = (...events: Said[]): unknown => {
    for (const event of events) actor.send({ ...event, at: clock.now() } as SessionEvent)
    return actor.getSnapshot().value
  }
  /** Time in which the host is there: its timers fire when they are due. */
  const wait = (ms: number): unknown => {
    for (let left = ms; left > 0; left -= stepMs) clock.increment(Math.min(stepMs, left))
    return actor.getSnapshot().value
  }
  /** The host stands still: what fell due meanwhile fires late, and before anything else is heard. */
  const pause = (ms: number): unknown => {
    clock.increment(ms)
    return actor.getSnapshot().value
  }
  return {
    did,
    errors,
    recoveries,
    carried: () => carried,
    /** How often it was given work again. */
    stood: () => stood,
    say,
    wait,
    pause,
    context: () => actor.getSnapshot().context,
    status: () => actor.getSnapshot().status,
  }
}

const up: Said[] = [{ type: 'opened' }, { type: 'arrived', resumed: false }]
const silent: Said = { type: 'silent', forMs: 6000 }
const lost: Said = { type: 'socketLost', reason: 'cut' }

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

  it('waits on for whom it does not hear then, for as long as it would have', () => {
    const { say, wait, pause, did } = start()
    say(...up, silent)
    wait(1_000)
    for (let times = 0; times < 5; times++) expect(pause(20_000)).toBe('unresponsive')
    expect(wait(limits.pingMs - 1_000 - 1)).toBe('unresponsive')
    expect(wait(1)).toBe('reconnecting')
    expect(did).toEqual(['ping', 'cut'])
  })

  it('counts timers that are late as on a busy machine: each wait has its end', () => {
    const { say, pause } = start()
    say(...up, lost)
    let waitedMs = 0
    for (; pause(400) === 'reconnecting'; waitedMs += 400) expect(waitedMs).toBeLessThan(limits.reconnectMs)
    expect(waitedMs).toBeGreaterThan(limits.reconnectMs - 800)
  })
})
