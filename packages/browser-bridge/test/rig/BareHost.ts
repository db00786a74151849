// A real host without browsers: its page is never built, and fake pages dial it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BridgeHost, type BridgeHostOptions, type Lane } from '../../src/index.ts'
import type { LivePage } from '../../src/node/link/LivePage.ts'
import { FakePage, hello, tokenOf } from './FakePage.ts'
import { Rig } from './Rig.ts'

const build = 'b1'

export interface Arrival {
  readonly page: FakePage
  readonly live: LivePage
  /** Ends its invitation. */
  revoke(): void
}

export class BareHost implements AsyncDisposable {
  readonly host: BridgeHost
  readonly #rig: Rig
  readonly #folder: string

  private constructor(host: BridgeHost, rig: Rig, folder: string) {
    this.host = host
    this.#rig = rig
    this.#folder = folder
  }

  static async start(options: Partial<BridgeHostOptions> = {}): Promise<BareHost> {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
    await writeFile(path.join(folder, 'index.html'), '<p>page</p>')
    const rig = new Rig()
    const bundle = { folder, build, runtime: 'runtime/' }
    const host = await rig.run(BridgeHost.start({ files: { open: () => undefined }, bundle, ...options }))
    return new BareHost(host, rig, folder)
  }

  /** A page that has been welcomed. */
  async arrive(id: string): Promise<Arrival> {
    const arrived = Promise.withResolvers<LivePage>()
    const page = await new FakePage(this.host.origin).open()
    const invitation = this.host.invite({ id, onArrival: arrived.resolve })
    page.say(hello(tokenOf(invitation.url), build))
    const live = await arrived.promise
    await page.hears('welcome')
    return { page, live, revoke: () => invitation.revoke() }
  }

  async openLane({ page, live }: Arrival, nth = 1): Promise<Lane> {
    const opening = live.openLane('wasm', 1)
    const { lane } = await page.hears('laneOpen', nth)
    page.say({ t: 'laneOpened', lane, backend: 'wasm', threads: 1 })
    return await opening
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rig[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
