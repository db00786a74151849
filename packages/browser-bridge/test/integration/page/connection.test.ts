// The life of a page's connection: probed hello, beats, status, a socket that drops, a host that refuses.

import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type HostMessage, protocolVersion } from '../../../src/protocol/messages.ts'
import { kinds, launch, type Opened, open } from '../../rig/openPage.ts'
import { identityGraph, putGraph } from '../../rig/pageModels.ts'

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`The connection of a page in ${kind.title}`, () => {
    let browser: Browser
    let opened: Opened | undefined
    beforeAll(async () => {
      browser = await launch(kind)
    })
    afterAll(() => browser.close())
    afterEach(async () => {
      await opened?.[Symbol.asyncDispose]()
      opened = undefined
    })
    const start = async (options: Parameters<typeof open>[1] = {}) => {
      opened = await open(browser, options)
      return opened
    }
    const x = { name: 'x', dtype: 'float32', dims: [1], data: Float32Array.of(5) } as const

    it('says hello with what ran here, and why the rest did not', async () => {
      const { page, host } = await start()
      const { capabilities, browser, token, build } = page.hello
      expect(token).toBe('test')
      expect(build).toBe(host.bundle.build)
      expect(browser.name).toBe(kind.kind)
      expect(capabilities).toMatchObject({ isolated: true, wasm: { simd: true, threads: true } })
      expect(capabilities.threads).toBe(capabilities.cores)
      const { reasons, webnn, webgpu } = capabilities
      for (const device of ['cpu', 'gpu', 'npu'] as const) {
        expect(webnn[device] || reasons[`webnn-${device}`]).toBeTruthy()
      }
      expect(webgpu === undefined ? reasons.webgpu : webgpu.adapter.software).toBeTruthy()
    })

    it('without isolation says so, and a lane asked for two threads says it has one', async () => {
      const { page } = await start({ isolated: false })
      expect(page.hello.capabilities).toMatchObject({ isolated: false, threads: 1, wasm: { threads: false } })
      expect(await page.openLane(1, 'wasm', 2)).toMatchObject({ threads: 1 })
    })

    it('beats, and so does an idle lane; the main thread answers; a hung main thread shows, and silences nothing', async () => {
      const { page, tab } = await start({ beatMs: 50 })
      await page.openLane(4, 'wasm')
      await page.next(message => (message.t === 'laneBeat' && message.lane === 4 ? true : undefined))
      await page.next(message => (message.t === 'beat' && message.mainAgeMs < 1000 ? true : undefined))
      let isSeen = false
      const aged = page.next(message => {
        if (message.t === 'beat' && message.mainAgeMs > 1000) isSeen = true
        return isSeen ? true : undefined
      })
      aged.catch(() => {
        isSeen = true
      })
      // On a busy machine the worker that beats may sleep through the end of one hang.
      while (!isSeen)
        await tab.evaluate(() => {
          const end = performance.now() + 1500
          while (performance.now() < end);
        })
      await aged
      await page.next(message => (message.t === 'beat' && message.mainAgeMs < 1000 ? true : undefined))
    })

    it('shows its lanes and counts its jobs', async () => {
      const { page, tab, host } = await start()
      await page.openLane(1, 'wasm')
      const model = putGraph(host, 'identity', identityGraph('float32'))
      await page.load(1, model)
      await page.run({ lane: 1, model: 'identity', input: { kind: 'tensors' }, tensors: [x] })
      await tab.locator('#jobs', { hasText: '1' }).waitFor()
      expect(await tab.locator('#lanes li').innerText()).toMatch(/1 · wasm\s+idle · 1 job done · 1 thread/)
      expect(await tab.locator('#phase').innerText()).toBe('connected')
    })

    it('says that a lane is closed, and opens another in its place', async () => {
      const { page, host } = await start()
      const model = putGraph(host, 'identity', identityGraph('float32'))
      await page.openLane(1, 'wasm')
      await page.load(1, model)
      const closed = page.next(message => (message.t === 'laneClosed' ? message.lane : undefined))
      page.send({ t: 'laneClose', lane: 1 })
      expect(await closed).toBe(1)
      await page.openLane(1, 'wasm')
      const run = page.run({ lane: 1, model: 'identity', input: { kind: 'tensors' }, tensors: [x] })
      await expect(run).rejects.toMatchObject({ code: 'ModelNotLoaded' })
    })

    it('comes back by itself as itself when the socket drops, its lanes and models as they were', async () => {
      const { page, host } = await start()
      const model = putGraph(host, 'identity', identityGraph('float32'))
      await page.openLane(1, 'wasm')
      await page.load(1, model)
      const back = host.page()
      page.socket.terminate()
      const again = await back
      expect(again.hello.resume).toBe('connection-1')
      await again.next(message => (message.t === 'laneOpened' && message.lane === 1 ? true : undefined))
      const { tensors } = await again.run({
        lane: 1,
        model: 'identity',
        input: { kind: 'tensors' },
        tensors: [x],
      })
      expect(tensors).toEqual([{ ...x, name: 'y' }])
    })

    it('gives up its lanes when it is welcomed under another name as it comes back', async () => {
      let welcomes = 0
      const { page, host } = await start({
        answer: (_, bundle): HostMessage => ({
          t: 'welcome',
          protocol: protocolVersion,
          build: bundle.build,
          connection: `connection-${++welcomes}`,
          beatMs: 1000,
          filesBase: '/f/secret/',
          runtimeBase: `/${bundle.runtime}`,
          limits: { maxHeaderBytes: 1e6, maxFrameBytes: 1e8, maxTensors: 100 },
        }),
      })
      await page.openLane(1, 'wasm')
      const back = host.page()
      page.socket.terminate()
      const again = await back
      const run = again.run({ lane: 1, model: 'm', input: { kind: 'tensors' }, tensors: [] })
      await expect(run).rejects.toMatchObject({ code: 'LaneGone' })
    })

    it('reloads once when it is refused for its build, and then stops', async () => {
      let hellos = 0
      const { tab } = await start({
        answer: () => {
          hellos++
          return hellos === 1
            ? undefined
            : { t: 'refused', code: 'BuildMismatch', message: 'This page is old.', advice: 'Reload it.' }
        },
      })
      opened?.page.socket.terminate()
      await tab.waitForEvent('load')
      await tab.locator('html[data-phase="refused"]').waitFor()
      expect(hellos).toBe(3)
      expect(await tab.locator('#detail').innerText()).toContain('Reload it.')
    })

    it('closes its socket and stays away when it is sent home', async () => {
      const { page, tab } = await start()
      const closed = new Promise<number>(done => page.socket.on('close', done))
      page.send({ t: 'bye' })
      expect(await closed).toBe(1000)
      await tab.locator('html[data-phase="ended"]').waitFor()
    })
  })
