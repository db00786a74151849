// What a connection's listener hears of its pages: only what its machine has decided, and no more of a page than that.
import { Effect } from 'effect'
import { beforeEach, expect, it } from 'vitest'
import type { SessionEvent } from '../../src/machines/ConnectionEvent.ts'
import { BrowserSlot } from '../../src/node/BrowserSlot.ts'
import { ConnectionSession } from '../../src/node/ConnectionSession.ts'
import type { Link, LinkEnd } from '../../src/node/link/Link.ts'
import { LivePage } from '../../src/node/link/LivePage.ts'
import { hello } from '../rig/FakePage.ts'

const limits = { beatMs: 1_000, missedBeats: 6, mainMs: 20_000, hungFactor: 8 }

let heard: string[]
let told: string[]
let arrive: (page: LivePage) => void
let session: ConnectionSession
beforeEach(() => {
  heard = []
  told = []
  session = new ConnectionSession(
    {
      id: 'c',
      slot: new BrowserSlot(),
      host: {
        invite: ({ onArrival }) => {
          arrive = onArrival
          return { id: 'c', url: '', revoke: () => {} }
        },
      },
      listener: {
        up: page => heard.push(`up ${(page as LivePage).wireId}`),
        down: (_id, reason) => heard.push(`down: ${reason}`),
      },
    },
    (event: SessionEvent) => told.push(event.type),
  )
})

const page = (wireId: string, closed = new Promise<LinkEnd>(() => {})): LivePage => {
  const link = { onMessage: () => {}, closed, send: () => {}, close: () => {} }
  return new LivePage('c', wireId, hello('t', 'b'), link as unknown as Link, limits)
}
const turn = () => new Promise(done => setImmediate(done))

it('of a page that arrives nothing, before it is to be given work; then that it is up, once', async () => {
  arrive(page('w'))
  await turn()
  expect([told, heard]).toEqual([['arrived'], []])
  session.standUp()
  session.standUp()
  await turn()
  expect(heard).toEqual(['up w'])
  await Effect.runPromise(session.close)
  expect(heard).toEqual(['up w', 'down: the connection was closed'])
})

it('of a page that never was up not that it is down', async () => {
  arrive(page('w'))
  await Effect.runPromise(session.close)
  expect(heard).toEqual([])
})

it('of a page that is lost in the very turn nothing at all', async () => {
  const lost = page('w')
  arrive(lost)
  session.standUp()
  session.reload()
  session.standUp()
  await turn()
  expect(heard).toEqual([])
})

it('that the former page is down, before the one that dialled again is up', async () => {
  arrive(page('w'))
  session.standUp()
  await turn()
  arrive(page('w'))
  session.standUp()
  await turn()
  expect(heard).toEqual(['up w', 'down: its page dialled again', 'up w'])
})

it('that a page is down as its socket closes, whatever the driver will say of the page', async () => {
  const socket = Promise.withResolvers<LinkEnd>()
  arrive(page('w', socket.promise))
  session.standUp()
  await turn()
  socket.resolve({ code: 1001, detail: 'socket closed (1001)' })
  await turn()
  expect([told, heard]).toEqual([
    ['arrived', 'socketLost'],
    ['up w', 'down: socket closed (1001)'],
  ])
})
