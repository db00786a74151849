// The life of a device that joined, with its session and its clock in hand.
import { describe, expect, it } from 'vitest'
import { createActor, fromPromise, SimulatedClock } from 'xstate'
import { type DeviceEvent, deviceMachine } from '../../src/machines/device.machine.ts'
import type { Notes } from '../../src/protocol/messages.ts'
import { restReason } from '../../src/protocol/resting.ts'

const limits = { drainMs: 5_000, awayMs: 60_000 }

/** Plays the events, numbers being milliseconds that pass; gives the states and what was to be done. */
const life = (...events: (DeviceEvent | number)[]) => {
  const done: string[] = []
  const note = (what: string) => () => {
    done.push(what)
  }
  const clock = new SimulatedClock()
  const machine = deviceMachine.provide({
    actors: { session: fromPromise(() => new Promise<never>(() => {})) as never },
    actions: {
      standUp: note('standUp'),
      drain: note('drain'),
      standDown: note('standDown'),
      cutSocket: note('cutSocket'),
      sendHome: note('sendHome'),
    },
  })
  const actor = createActor(machine, { input: { id: 'd', limits }, clock })
  actor.start()
  done.length = 0
  for (const event of events) {
    if (typeof event === 'number') clock.increment(event)
    else actor.send(event)
  }
  const { value, context } = actor.getSnapshot()
  return { state: value, done, context }
}

const arrived = { type: 'arrived' } as const
const rest = { type: 'rest', reason: 'hidden' } as const
const wake = { type: 'wake' } as const
const lost = { type: 'socketLost', reason: 'closed (1001)' } as const
const drained = { type: 'drained' } as const
const silent = { type: 'silent', forMs: 6_000 } as const
const leave = { type: 'leave' } as const

describe('A device', () => {
  it.each<[string, (DeviceEvent | number)[], string, string[]]>([
    ['works when it arrives', [arrived], 'working', ['standUp']],
    [
      'that is about to sleep ends what it has, then rests',
      [arrived, rest, drained],
      'resting',
      ['standUp', 'drain', 'standDown'],
    ],
    [
      'that does not end what it has in time rests all the same',
      [arrived, rest, 5_000],
      'resting',
      ['standUp', 'drain', 'standDown'],
    ],
    [
      'that wakes works again',
      [arrived, rest, drained, wake],
      'working',
      ['standUp', 'drain', 'standDown', 'standUp'],
    ],
    [
      'that wakes before it rests goes on, its work not taken away',
      [arrived, rest, 4_999, wake, 60_000],
      'working',
      ['standUp', 'drain', 'standUp'],
    ],
    ['whose socket is gone is away', [arrived, lost], 'away', ['standUp', 'standDown']],
    [
      'that falls silent is away, its socket cut',
      [arrived, silent],
      'away',
      ['standUp', 'cutSocket', 'standDown'],
    ],
    [
      'that comes back works again',
      [arrived, lost, 59_999, arrived],
      'working',
      ['standUp', 'standDown', 'standUp'],
    ],
    ['that is away for too long is given up', [arrived, lost, 60_000], 'gone', ['standUp', 'standDown']],
    ['that leaves ends what it has first', [arrived, leave], 'leaving', ['standUp', 'drain']],
    [
      'that has left is sent home',
      [arrived, leave, drained],
      'left',
      ['standUp', 'drain', 'standDown', 'sendHome'],
    ],
    [
      'that leaves and is slow is sent home in time',
      [arrived, leave, 5_000],
      'left',
      ['standUp', 'drain', 'standDown', 'sendHome'],
    ],
    [
      'that closes its page as it leaves has left',
      [arrived, leave, lost],
      'left',
      ['standUp', 'drain', 'standDown', 'sendHome'],
    ],
    [
      'that is sent away by us ends what it has, too',
      [arrived, { type: 'drain' }, drained],
      'left',
      ['standUp', 'drain', 'standDown', 'sendHome'],
    ],
    [
      'that dials again as it leaves has nothing left to end: it is sent home',
      [arrived, leave, arrived],
      'left',
      ['standUp', 'drain', 'standDown', 'sendHome'],
    ],
    [
      'that leaves says so once, however often it is said: its time to end what it has does not begin again',
      [arrived, leave, 3_000, leave, 1_500, { type: 'drain' }, 499],
      'leaving',
      ['standUp', 'drain'],
    ],
    [
      'that says again and again that it leaves is sent home in time',
      [arrived, leave, 3_000, leave, 1_500, { type: 'drain' }, 500],
      'left',
      ['standUp', 'drain', 'standDown', 'sendHome'],
    ],
    ['that is reloaded as it works goes on', [arrived, arrived], 'working', ['standUp', 'standUp']],
  ])('%s', (_what, events, state, done) => {
    expect(life(...events)).toMatchObject({ state, done })
  })

  it('says why it does not work', () => {
    expect(life(arrived, lost).context).toMatchObject({ reason: 'closed (1001)', arrivals: 1, rests: 0 })
    expect(life(arrived, silent).context.reason).toContain('6000 ms')
  })
})

describe('A device rests', () => {
  const awake: Omit<Notes, 't'> = { visibility: 'visible', handheld: true }
  it.each<[Partial<Notes>, string | undefined]>([
    [{}, undefined],
    [{ visibility: 'hidden' }, 'not in front'],
    [{ visibility: 'hidden', handheld: false }, undefined],
    [{ visibility: 'frozen', handheld: false }, 'frozen'],
    [{ battery: { level: 0.14, charging: false } }, '14 %'],
    [{ battery: { level: 0.14, charging: true } }, undefined],
    [{ battery: { level: 0.15, charging: false } }, undefined],
  ])('%j: %s', (notes, reason) => {
    const said = restReason({ ...awake, ...notes })
    if (reason === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(reason)
  })
})
