// The connection's machine in a test's hands: its session says what the test says, its clock goes as the test has it.
import { fromEffect } from '@shoal/core'
import { Effect } from 'effect'
import { createActor, SimulatedClock } from 'xstate'
import { defaultConnectionLimits as limits } from '../../src/machines/ConnectionContext.ts'
import type { ConnectionCommand, SessionEvent } from '../../src/machines/ConnectionEvent.ts'
import { connectionMachine } from '../../src/machines/connection.machine.ts'
import type { Fall, Recovery } from '../../src/machines/ladder.ts'
import { patience } from '../../src/machines/patience.ts'

/** Divides every limit. */
const stepMs = 50

type Untimed<E> = E extends SessionEvent ? Omit<E, 'at'> : never
export type Said = Untimed<SessionEvent> | ConnectionCommand

/** The machine with a session that says only what the test says, and a diary of what it was told to do. */
export const start = () => {
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

export const up: Said[] = [{ type: 'opened' }, { type: 'arrived', resumed: false }]
export const silent: Said = { type: 'silent', forMs: 6000 }
export const lost: Said = { type: 'socketLost', reason: 'cut' }
