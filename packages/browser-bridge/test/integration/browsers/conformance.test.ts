// What holds for a browser however it is held: launched and driven, launched without a driver, or somebody else's
// behind an endpoint. One suite over the contract in Browser.ts, run over each way that this machine has.
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type Browser, PageFailed } from '../../../src/index.ts'
import { isAlive, listProcesses } from '../../../src/node/browsers/processTable.ts'
import { digit, files, mnist, noModels, one } from '../../rig/models.ts'
import { join, Rig, until } from '../../rig/Rig.ts'
import { engines, type WayHere } from '../../rig/ways.ts'

interface Started {
  readonly rig: Rig
  readonly host: BridgeHost
  readonly browser: Browser
}

const start = async (way: WayHere, rig: Rig, profilesDir: string): Promise<Started> => {
  const host = await rig.run(BridgeHost.start({ files }))
  return { rig, host, browser: await rig.run(way.open({ profilesDir })) }
}

/** Every argument of every process of this machine. */
const commandLines = async (): Promise<string[]> =>
  (await listProcesses()).map(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    } catch {
      return ''
    }
  })

for (const [engine, ways] of engines)
  describe(engine, { concurrent: true }, () => {
    for (const way of ways) conform(way)
  })

function conform(way: WayHere): void {
  describe.skipIf(!way.here)(way.title, { concurrent: false }, () => {
    let profiles = ''
    beforeAll(async () => {
      profiles = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
    })
    afterAll(() => rm(profiles, { recursive: true, force: true }))

    // One browser for all but the last: the order of the tests is the order of its life.
    const rig = new Rig()
    let host: BridgeHost
    let browser: Browser
    beforeAll(async () => {
      const started = await start(way, rig, profiles)
      host = started.host
      browser = started.browser
    })
    afterAll(() => rig[Symbol.asyncDispose]())

    it('opens a page that dials back, and no argument of any process holds its token', async () => {
      const { invitation, live, page } = await join(host, browser, 'one')
      expect(live.capabilities.wasm.simd).toBe(true)
      expect(browser.version).not.toBe('')
      const token = new URL(invitation.url).hash
      expect(token.length).toBeGreaterThan(8)
      const lines = await commandLines()
      expect(lines.length).toBeGreaterThan(1)
      expect(lines.filter(line => line.includes(token.slice(1)))).toEqual([])
      const secret = token.slice(1).split('=').at(-1) ?? token
      expect(lines.filter(line => line.includes(secret))).toEqual([])
      // It was there to be seen among them.
      if (browser.profile !== undefined)
        expect(lines.filter(line => line.includes(browser.profile ?? '?'))).not.toEqual([])
      await Effect.runPromise(page.close())
    })

    it(`runs MNIST on WASM with every thread that there is${noModels}`, async ({ skip }) => {
      if (noModels !== '') skip(noModels)
      const { live, page } = await join(host, browser, 'mnist')
      expect(live.browser.version.split('.')[0]).toBe(browser.version.split('.')[0])
      expect(live.capabilities.isolated).toBe(true)
      const lane = await live.openLane('wasm')
      expect(lane.threads).toBe(live.capabilities.threads)
      const loaded = await lane.load(mnist)
      expect(loaded.inputs).toEqual([{ name: 'Input3', dtype: 'float32', dims: [1, 1, 28, 28] }])
      const { outputs, timing } = await lane.run('mnist', one(), { deadlineMs: 30_000 })
      expect(outputs.map(({ name, dims }) => ({ name, dims }))).toEqual([
        { name: 'Plus214_Output_0', dims: [1, 10] },
      ])
      expect(digit(outputs[0]?.data)).toBe(1)
      expect(timing.computeMs).toBeGreaterThan(0)
      expect(lane.inFlight).toBe(0)
      await Effect.runPromise(page.close())
    })

    it('loads a page again at the address that it had', async () => {
      let arrivals = 0
      const invitation = host.invite({ id: 'again', onArrival: () => (arrivals += 1) })
      const page = await Effect.runPromise(browser.openPage(invitation.url))
      await until(() => arrivals === 1)
      await Effect.runPromise(page.reload())
      await until(() => arrivals === 2)
      await Effect.runPromise(page.close())
    })

    it('holds several pages, and closing one leaves the rest', async () => {
      const first = await join(host, browser, 'first')
      const second = await join(host, browser, 'second')
      await Effect.runPromise(first.page.close())
      expect(await first.page.ended).toMatchObject({ reason: 'closed' })
      // Without a driver the page's process is ended, and its socket says nothing.
      expect(await first.live.lost).toMatch(browser.way === 'plain' ? /100[16]/ : /1001/)
      expect((await second.live.openLane('wasm', 1)).backend).toBe('wasm')
      await Effect.runPromise(second.page.close())
    })

    it('says that it is gone when it was closed, twice over, and leaves nothing of its own', async () => {
      const { page } = await join(host, browser, 'last')
      const { pids } = await browser.tree()
      await Effect.runPromise(browser.close())
      await Effect.runPromise(browser.close())
      expect(await browser.exited).toMatchObject({ reason: 'closed' })
      expect((await page.ended).reason).toMatch(/browserGone|closed/)
      await until(() => !pids.some(isAlive))
      expect(await readdir(profiles)).toEqual([])
      expect(await Effect.runPromise(Effect.flip(browser.openPage('http://127.0.0.1:1/')))).toBeInstanceOf(
        PageFailed,
      )
    })

    it.skipIf(!way.own)('says that it died when its main process is killed, and leaves nothing', async () => {
      await using rig = new Rig()
      const { host, browser } = await start(way, rig, profiles)
      const { page, live } = await join(host, browser, 'doomed')
      const second = await join(host, browser, 'doomed too')
      const { pids, pssBytes } = await browser.tree()
      expect(pssBytes).toBeGreaterThan(50 << 20)
      expect(existsSync(browser.profile ?? '')).toBe(true)
      if (browser.pid === undefined) throw new Error('it has no process')
      expect(pids).toContain(browser.pid)
      process.kill(browser.pid, 'SIGKILL')
      expect(await browser.exited).toMatchObject({ reason: 'crashed' })
      expect((await page.ended).reason).toMatch(/browserGone|crashed/)
      expect((await second.page.ended).reason).toMatch(/browserGone|crashed/)
      await live.lost
      await until(() => !pids.some(isAlive))
      await until(async () => (await readdir(profiles)).length === 0)
    })
  })
}
