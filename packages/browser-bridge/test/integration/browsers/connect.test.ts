// A browser behind an endpoint: what is opened in it is closed and it itself is left alone; where the endpoint drops,
// the machine connects again; and where it cannot, the error says what to do.
import { ActorSystem, supervisor } from '@shoal/core'
import { Effect, Schedule } from 'effect'
import { chromium as driver } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  BridgeHost,
  BrowserSlot,
  browserProcess,
  ConnectFailed,
  connection,
  type LiveConnection,
  openBrowser,
  PageFailed,
} from '../../../src/index.ts'
import { isAlive } from '../../../src/node/browsers/processTable.ts'
import { debuggedChromium, freePort, runServer } from '../../rig/endpoints.ts'
import { installed, titleOf } from '../../rig/installed.ts'
import { files } from '../../rig/models.ts'
import { join, Rig, until } from '../../rig/Rig.ts'

const found = installed.find(one => one.headlessShell) ?? installed.find(one => one.kind === 'chromium')
const firefox = installed.find(one => one.kind === 'firefox')

describe.skipIf(found === undefined)(titleOf('A Chromium behind an endpoint', found), () => {
  if (found === undefined) return

  it('keeps its own pages, and its life, when it is let go', async () => {
    await using running = await debuggedChromium(found)
    const other = await driver.connectOverCDP(running.endpoint.connect)
    const theirs = await (other.contexts()[0] ?? (await other.newContext())).newPage()
    {
      await using rig = new Rig()
      const host = await rig.run(BridgeHost.start({ files }))
      const browser = await rig.run(openBrowser(running.endpoint))
      expect(browser).toMatchObject({ way: 'cdp', pid: undefined, profile: undefined })
      await join(host, browser, 'one')
    }
    expect(isAlive(running.pid)).toBe(true)
    expect(await theirs.evaluate('1 + 1')).toBe(2)
    const targets = (await (await fetch(`${running.endpoint.connect}/json/list`)).json()) as {
      type: string
    }[]
    expect(targets.filter(({ type }) => type === 'page').length).toBeLessThanOrEqual(2)
    await other.close()
  })

  it('is connected to again after its Playwright server was killed and started anew', async () => {
    await using rig = new Rig()
    const port = await freePort()
    const first = await runServer(found, port)
    const host = await rig.run(BridgeHost.start({ files }))
    const slot = new BrowserSlot()
    const ups: LiveConnection[] = []
    const system = await rig.run(ActorSystem.make({ name: 'endpoints', log: 'off' }))
    await Effect.runPromise(
      system.spawn(
        supervisor({
          id: 'browser',
          strategy: 'rest_for_one',
          intensity: 100,
          backoff: Schedule.spaced('50 millis'),
          children: [
            browserProcess({ source: first.endpoint, slot }),
            connection({
              id: 'one',
              host,
              slot,
              listener: { up: live => void ups.push(live), down: () => undefined },
            }),
          ],
        }),
      ),
    )
    await until(() => ups.length === 1)
    await first[Symbol.asyncDispose]()
    await until(() => slot.current === undefined)
    await using second = await runServer(found, port)
    expect(second.endpoint.connect).toBe(first.endpoint.connect)
    await until(() => ups.length === 2)
    expect(slot.current?.way).toBe('playwright-server')
    expect((await ups[1]?.openLane('wasm', 1))?.backend).toBe('wasm')
  })

  it('that is not there is a ConnectFailed, which says what to do and keeps the key of its address', async () => {
    const connect = `ws://127.0.0.1:${await freePort()}/?key=secret`
    const asked = Effect.scoped(openBrowser({ connect }, { patienceMs: 0 }))
    const error = await Effect.runPromise(Effect.flip(asked))
    expect(error).toBeInstanceOf(ConnectFailed)
    expect(error).toMatchObject({ attempts: 1 })
    expect(error.message).toContain('run-server')
    expect(error.message).not.toMatch(/secret|\n/)
  })

  it('that cannot reach this host says that the host must be at an address that it can reach', async () => {
    await using running = await debuggedChromium(found)
    await using rig = new Rig()
    const browser = await rig.run(openBrowser(running.endpoint))
    const nowhere = `http://127.0.0.1:${await freePort()}/#token=hidden`
    const error = await Effect.runPromise(Effect.flip(browser.openPage(nowhere)))
    expect(error).toBeInstanceOf(PageFailed)
    expect(error.message).toContain('option host')
    expect(error.message).not.toContain('hidden')
  })
})

describe.skipIf(firefox === undefined)(titleOf('A Firefox behind a Playwright server', firefox), () => {
  if (firefox === undefined) return

  it('opens a page that dials back', async () => {
    await using running = await runServer(firefox)
    await using rig = new Rig()
    const host = await rig.run(BridgeHost.start({ files }))
    const browser = await rig.run(openBrowser(running.endpoint))
    expect(browser).toMatchObject({ kind: 'firefox', way: 'playwright-server' })
    const { live } = await join(host, browser, 'one')
    expect(live.browser.name.toLowerCase()).toContain('firefox')
  })
})
