// What a device's listener hears as its machine has it work, calm down, rest and wake: who is up is drained once, and
// is down before it is up again.
import { expect, it } from 'vitest'
import type { DeviceSessionEvent } from '../../src/machines/device.machine.ts'
import { DeviceSession } from '../../src/node/DeviceSession.ts'
import type { Link, LinkEnd } from '../../src/node/link/Link.ts'
import { LivePage } from '../../src/node/link/LivePage.ts'
import { hello } from '../rig/FakePage.ts'

const limits = { beatMs: 1_000, missedBeats: 6, mainMs: 20_000, hungFactor: 8 }

const pageOf = (wireId: string): LivePage => {
  const closed = new Promise<LinkEnd>(() => {})
  const link = { onMessage: () => {}, closed, send: () => {}, close: () => {}, terminate: () => {} }
  return new LivePage('d', wireId, hello('t', 'b'), link as unknown as Link, limits, 'joined')
}
const turn = () => new Promise(done => setImmediate(done))

/** A device whose listener's drains end when the test says so. */
const start = () => {
  const heard: string[] = []
  const told: DeviceSessionEvent['type'][] = []
  const drains: PromiseWithResolvers<void>[] = []
  let arrive: (page: LivePage) => void = () => {}
  const session = new DeviceSession(
    {
      device: {
        id: 'd',
        page: undefined,
        attach: listen => {
          arrive = listen
          return () => {}
        },
      },
      listener: {
        up: page => heard.push(`up ${(page as LivePage).wireId}`),
        down: () => heard.push('down'),
        resume: page => heard.push(`resume ${(page as LivePage).wireId}`),
        drain: () => {
          heard.push('drain')
          const drain = Promise.withResolvers<void>()
          drains.push(drain)
          return drain.promise
        },
      },
    },
    event => told.push(event.type),
  )
  return { session, heard, told, drains, arrive: (page: LivePage) => arrive(page) }
}

const working = async (page = pageOf('w')) => {
  const started = start()
  started.arrive(page)
  started.session.standUp()
  await turn()
  return started
}

it('that it is up, once, after the turn in which that was decided', async () => {
  const { session, heard, arrive } = start()
  arrive(pageOf('w'))
  session.standUp()
  expect(heard).toEqual([])
  session.standUp()
  await turn()
  expect(heard).toEqual(['up w'])
})

it('that it goes on, where it wakes before it rests: it was never down', async () => {
  const { session, heard, told, drains } = await working()
  session.drain()
  session.standUp()
  await turn()
  expect(heard).toEqual(['up w', 'drain', 'resume w'])
  drains[0]?.resolve()
  await turn()
  expect(told).toEqual(['arrived'])
})

it('of each calming down anew, and of the end of the last one alone', async () => {
  const { session, heard, told, drains } = await working()
  session.drain()
  session.standUp()
  await turn()
  session.drain()
  drains[0]?.resolve()
  await turn()
  expect([heard, told]).toEqual([['up w', 'drain', 'resume w', 'drain'], ['arrived']])
  drains[1]?.resolve()
  await turn()
  expect(told).toEqual(['arrived', 'drained'])
})

it('nothing of a device that wakes and calms down in one turn: its drain goes on', async () => {
  const { session, heard, told, drains } = await working()
  session.drain()
  session.standUp()
  session.drain()
  await turn()
  expect(heard).toEqual(['up w', 'drain'])
  drains[0]?.resolve()
  await turn()
  expect(told).toEqual(['arrived', 'drained'])
})

it('of one drain only, where it leaves as it calms down', async () => {
  const { session, heard, told, drains } = await working()
  session.drain()
  session.drain()
  expect(heard).toEqual(['up w', 'drain'])
  drains[0]?.resolve()
  await turn()
  expect(told.slice(0, 2)).toEqual(['arrived', 'drained'])
})

it('that it is down when it rests, and up when it wakes after that', async () => {
  const { session, heard } = await working()
  session.drain()
  session.standDown('hidden')
  session.standUp()
  await turn()
  expect(heard).toEqual(['up w', 'drain', 'down', 'up w'])
})

it('nothing of one that rests in the very turn in which it came', async () => {
  const { session, heard, told, arrive } = start()
  arrive(pageOf('w'))
  session.standUp()
  session.drain()
  await turn()
  session.standDown('hidden')
  await turn()
  expect([heard, told]).toEqual([[], ['arrived', 'drained']])
})

it('that the former page is down before the next one is up, also where it was calming down', async () => {
  const { session, heard, told, drains, arrive } = await working()
  session.drain()
  arrive(pageOf('x'))
  session.standUp()
  await turn()
  drains[0]?.resolve()
  await turn()
  expect(heard).toEqual(['up w', 'drain', 'down', 'up x'])
  expect(told).toEqual(['arrived', 'arrived'])
})

it('that it is down when it is sent home, whatever it had', async () => {
  const { session, heard } = await working()
  session.close()
  session.standUp()
  await turn()
  expect(heard).toEqual(['up w', 'down'])
})
