// The join page in real browsers where its surroundings matter: over plain http from another address, over TLS, on a
// phone that turns it away, and while it works. Each state is kept as a picture.
import { mkdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, firefox, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BridgeHost, type Door, type DoorOptions, type FileProvider } from '../../../src/index.ts'
import type { LivePage } from '../../../src/node/link/LivePage.ts'
import { selfSigned } from '../../rig/certificate.ts'
import { type Kind, kinds } from '../../rig/openPage.ts'
import { squareGraph } from '../../rig/pageModels.ts'
import { Rig, until } from '../../rig/Rig.ts'

const pictures = fileURLToPath(new URL('../../../../../artifacts/join/', import.meta.url))
const certificate = selfSigned()
const addresses = Object.values(networkInterfaces()).flatMap(one => one ?? [])
const onNetwork = addresses.some(({ internal, family }) => !internal && family === 'IPv4')

const graph = squareGraph()
const square = {
  key: 'square',
  name: 'square',
  kind: 'graph',
  root: 'square/resolve/main/',
  graphFile: 'model.onnx',
  dtype: 'fp32',
  files: [{ path: 'model.onnx', bytes: graph.length, sha256: '' }],
} as const
const files: FileProvider = {
  open: (key, name) => {
    if (key !== 'square' || name !== 'model.onnx') return undefined
    return { bytes: graph.length, total: graph.length, type: 'text/plain', stream: Readable.from([graph]) }
  },
}

/** As somebody starts it who knows nothing of us: with none of our flags, which would keep it on this machine. */
const launchPlain = ({ kind, found }: Kind): Promise<Browser> => {
  const { executablePath = '', source } = found ?? {}
  if (kind === 'chromium') return chromium.launch({ executablePath })
  return firefox.launch({ executablePath, ...(source === 'playwright' ? {} : { channel: 'moz-firefox' }) })
}

const ones = (n: number) => ({
  input: { kind: 'tensors' as const },
  tensors: [{ name: 'x', dtype: 'float32', dims: [n, n], data: new Float32Array(n * n).fill(1) } as const],
})

for (const kind of kinds)
  describe.skipIf(kind.found === undefined)(`The join page in ${kind.title}`, () => {
    const rig = new Rig()
    let driven: Browser
    let host: BridgeHost
    beforeAll(async () => {
      await mkdir(pictures, { recursive: true })
      driven = await launchPlain(kind)
      host = await rig.run(BridgeHost.start({ files }))
    })
    afterAll(async () => {
      await driven?.close()
      await rig[Symbol.asyncDispose]()
    })

    /** Opens a door and has a page join by it. */
    const join = async (options: Omit<DoorOptions, 'onDevice'> = {}, look: BrowserContextOptions = {}) => {
      const arrived = Promise.withResolvers<LivePage>()
      const door: Door = await rig.run(
        host.openDoor({ ...options, onDevice: device => device.attach(arrived.resolve) }),
      )
      const context = await driven.newContext(look)
      const tab: Page = await context.newPage()
      await tab.goto(door.address({ reusable: true }).url)
      return { tab, live: await arrived.promise, door }
    }
    const picture = (tab: Page, name: string) =>
      tab.screenshot({ path: path.join(pictures, `${kind.kind}-${name}.png`), fullPage: true })
    const says = (tab: Page, headline: string) => tab.locator('#headline', { hasText: headline }).waitFor()

    /** The first number of the square of a matrix of ones. */
    const firstOf = async (live: LivePage, n: number): Promise<unknown> => {
      const lane = live.lanes[0] ?? (await live.openLane('wasm'))
      await lane.load(square)
      const { outputs } = await lane.run('square', ones(n), { deadlineMs: 60_000 })
      return outputs[0]?.data[0]
    }

    it(`works over plain http from another address, and says what that takes away${onNetwork ? '' : ' (skipped: this machine has no network address)'}`, async ({
      skip,
    }) => {
      if (!onNetwork) skip()
      const { tab, live } = await join({ host: '0.0.0.0' })
      expect(live.capabilities).toMatchObject({ isolated: false, threads: 1 })
      expect(live.capabilities.webgpu).toBeUndefined()
      expect(await firstOf(live, 3)).toBe(3)
      expect(await tab.locator('#advice').innerText()).toContain('plain http')
      await picture(tab, 'plain-http')
      await tab.context().close()
    })

    it(`joins over TLS, isolated${certificate === undefined ? ' (skipped: there is no openssl here)' : ''}`, async ({
      skip,
    }) => {
      if (certificate === undefined) return skip()
      const { tab, live } = await join(
        { tls: certificate, names: ['localhost'] },
        { ignoreHTTPSErrors: true },
      )
      expect(tab.url()).toMatch(/^https:\/\/localhost:\d+\/$/)
      expect(live.capabilities.isolated).toBe(true)
      expect(await firstOf(live, 3)).toBe(3)
      await tab.context().close()
    })

    it('says what it works on, rests when a phone turns it away, and works again when it is seen', async () => {
      const userAgent = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile'
      const look = { userAgent, viewport: { width: 390, height: 844 } }
      const { tab, live } = await join({}, look)
      await firstOf(live, 1)
      const running = firstOf(live, 1_600)
      await says(tab, 'Working on square')
      await picture(tab, 'phone-working')
      expect(await running).toBe(1_600)
      const wishes: unknown[] = []
      live.onWish(wish => wishes.push(wish))
      const turn = (state: string) =>
        tab.evaluate(
          `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
           document.dispatchEvent(new Event('visibilitychange'))`,
        )
      await turn('hidden')
      await says(tab, 'Resting')
      await picture(tab, 'phone-resting')
      await turn('visible')
      await says(tab, 'Connected')
      expect(wishes.slice(-2)).toMatchObject([
        { t: 'notes', visibility: 'hidden', handheld: true },
        { t: 'notes', visibility: 'visible', handheld: true },
      ])
      await tab.context().close()
    })

    it('comes back by itself when its socket is cut, and goes when the host says goodbye', async () => {
      const other = new Rig()
      const short = await other.run(BridgeHost.start({ files }))
      const arrivals: LivePage[] = []
      const door = await other.run(
        short.openDoor({ onDevice: device => device.attach(page => arrivals.push(page)) }),
      )
      const tab = await (await driven.newContext()).newPage()
      await tab.goto(door.address().url)
      await until(() => arrivals.length === 1)
      arrivals[0]?.link.terminate()
      await until(() => arrivals.length === 2)
      expect(arrivals[1]?.wireId).toBe(arrivals[0]?.wireId)
      await other[Symbol.asyncDispose]()
      await says(tab, 'Not connected any more')
      await picture(tab, 'host-gone')
      await tab.context().close()
    })
  })
