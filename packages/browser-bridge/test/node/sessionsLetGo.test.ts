// What is left of connections that were opened and closed in one browser, which goes on: nothing. Over a driver and a
// browser that the test plays.
import { EventEmitter } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Effect, Fiber } from 'effect'
import type { BrowserContext } from 'playwright-core'
import { expect, it } from 'vitest'
import { BrowserSlot } from '../../src/node/BrowserSlot.ts'
import type { Browser, ExitDetail } from '../../src/node/browsers/Browser.ts'
import { onExit } from '../../src/node/browsers/onExit.ts'
import { openPage } from '../../src/node/browsers/openPage.ts'
import { ConnectionSession } from '../../src/node/ConnectionSession.ts'
import type { Link, LinkEnd } from '../../src/node/link/Link.ts'
import { LivePage } from '../../src/node/link/LivePage.ts'
import { hello } from '../rig/FakePage.ts'
import { until } from '../rig/Rig.ts'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

class DriverPage extends EventEmitter {
  async goto(): Promise<void> {}
  async close(): Promise<void> {
    this.emit('close')
  }
}

const bridge = { beatMs: 1_000, missedBeats: 6, mainMs: 20_000, hungFactor: 8 }
const rounds = 50

it('are neither the sessions of the connections, nor their pages, nor the driver’s', async () => {
  const exited = Promise.withResolvers<ExitDetail>()
  const sessions: WeakRef<ConnectionSession>[] = []
  const pages: WeakRef<LivePage>[] = []
  const drivers: WeakRef<DriverPage>[] = []
  const driver = {
    newPage: async () => {
      const page = new DriverPage()
      drivers.push(new WeakRef(page))
      return page
    },
  } as unknown as BrowserContext
  const slot = new BrowserSlot()
  slot.put({
    exited: exited.promise,
    openPage: (url: string) =>
      Effect.promise(left => openPage(driver, { url, id: 'p', browser: 'b', exited: exited.promise }, left)),
  } as unknown as Browser)

  const openAndClose = async (): Promise<void> => {
    const arrived = Promise.withResolvers<(page: LivePage) => void>()
    const opened = Promise.withResolvers<void>()
    const up = Promise.withResolvers<void>()
    const session = new ConnectionSession(
      {
        id: 'c',
        slot,
        host: {
          invite: ({ onArrival }) => {
            arrived.resolve(onArrival)
            return { id: 'c', url: '', revoke: () => {} }
          },
        },
        listener: { up: () => up.resolve(), down: () => {} },
      },
      ({ type }) => {
        if (type === 'opened') opened.resolve()
      },
    )
    const running = Effect.runFork(session.run)
    await opened.promise
    const link = { onMessage: () => {}, closed: new Promise<LinkEnd>(() => {}), send: () => {} }
    const page = new LivePage('c', 'w', hello('t', 'b'), link as unknown as Link, bridge)
    ;(await arrived.promise)(page)
    session.standUp()
    await up.promise
    await Effect.runPromise(Fiber.interrupt(running))
    await Effect.runPromise(session.close)
    sessions.push(new WeakRef(session))
    pages.push(new WeakRef(page))
  }
  for (let round = 0; round < rounds; round++) await openAndClose()

  const held = () =>
    [sessions, pages, drivers].map(all => all.filter(ref => ref.deref() !== undefined).length)
  expect(drivers).toHaveLength(rounds)
  // The last one may still be on somebody's stack.
  await until(() => {
    gc()
    return held().every(count => count <= 2)
  }, 15_000).catch(() => expect(held()).toEqual([0, 0, 0]))
  // The browser was there all the while.
  let end: ExitDetail | undefined
  onExit(exited.promise, exit => {
    end = exit
  })
  exited.resolve({ reason: 'closed', detail: 'over' })
  await until(() => end !== undefined)
})
