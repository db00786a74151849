// Which step the connection's machine takes for what it hears: each rung, and never one more than is needed.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { describe, expect, it } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import { ConnectionFailed } from '../../src/errors.ts'
import {
  type ConnectionEvent,
  connectionMachine,
  defaultConnectionLimits as limits,
} from '../../src/machines/connection.machine.ts'

/** The machine with a session that says only what the test says, and a diary of what it was told to do. */
const start = () => {
  const did: string[] = []
  const clock = new SimulatedClock()
  const errors: unknown[] = []
  const machine = connectionMachine.provide({
    actors: { session: fromEffect<never, unknown>(() => Effect.never) },
    actions: {
      ping: () => did.push('ping'),
      cutSocket: () => did.push('cut'),
      reloadPage: () => did.push('reload'),
      drainPage: () => did.push('drain'),
      blameBrowser: () => did.push('blame'),
    },
  })
  const actor = createActor(machine, { clock, input: { id: 'c', limits } })
  actor.subscribe({ error: error => errors.push(error) })
  actor.start()
  const say = (...events: ConnectionEvent[]): unknown => {
    for (const event of events) actor.send(event)
    return actor.getSnapshot().value
  }
  const wait = (ms: number): unknown => {
    clock.increment(ms)
    return actor.getSnapshot().value
  }
  return {
    did,
    errors,
    say,
    wait,
    context: () => actor.getSnapshot().context,
    status: () => actor.getSnapshot().status,
  }
}

const up: ConnectionEvent[] = [{ type: 'opened' }, { type: 'arrived', resumed: false }]
const silent: ConnectionEvent = { type: 'silent', forMs: 6000 }
const lost: ConnectionEvent = { type: 'socketLost', reason: 'cut' }

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
})
