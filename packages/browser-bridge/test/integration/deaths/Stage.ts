// Where deaths are tried: one browser with two pages, supervised as the pool supervises them, each page with a lane that
// has a model, a wire of its own to the host, and a diary of everything that is noticed. It heals by itself, so one
// stage serves many deaths.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ActorSystem, type PromiseSystem, supervisor } from '@shoal/core'
import type { Page } from 'playwright-core'
import {
  type Backend,
  BridgeHost,
  type Browser,
  BrowserSlot,
  type BrowserSnapshot,
  browserProcess,
  type ConnectionLimits,
  type ConnectionSnapshot,
  connection,
  type FoundBrowser,
  type HeartbeatLimits,
  type Lane,
  type LiveConnection,
  type Recovery,
} from '../../../src/index.ts'
import { Rig, until } from '../../rig/Rig.ts'
import { cube, files, manifest } from './cube.ts'
import { Driver, type DriverOptions } from './Driver.ts'
import { type Lever, leveredPage } from './leveredPage.ts'
import { Wire } from './Wire.ts'

export type PageId = 'a' | 'b'

/** A tenth or so of the product's, so that a hang takes seconds to try; still long enough for a busy machine. */
export const heartbeat: HeartbeatLimits = { beatMs: 200, missedBeats: 10, mainMs: 3_000, hungFactor: 8 }
export const silentMs = heartbeat.beatMs * heartbeat.missedBeats
export const pingMs = 700
/** A lane pulls its lever after its run, on any machine within this. */
const pullLimitMs = 60_000
const limits: Partial<ConnectionLimits> = {
  pingMs,
  reconnectMs: 5_000,
  reloadMs: 5_000,
  // Each death is the first: they follow each other faster than a connection counts as recovered.
  steadyMs: 0,
}

export interface Down {
  readonly id: PageId
  readonly at: number
  readonly reason: string
}

const driverOptions: DriverOptions = {
  args: ['--js-flags=--max-old-space-size=32'],
  prefs: { 'javascript.options.mem.max': 96 },
}

export class Stage {
  readonly recoveries: Recovery[] = []
  readonly downs: Down[] = []
  readonly ups: { readonly id: PageId; readonly at: number }[] = []
  readonly wires: Readonly<Record<PageId, Wire>>
  /** The processes that it is done to, found before the fault, so that the fault itself is an instant. */
  victims: readonly number[] = []
  readonly #live = new Map<string, LiveConnection>()
  readonly #slot = new BrowserSlot()
  readonly #urls = new Map<string, string>()
  readonly #driver: Driver
  readonly #system: PromiseSystem

  private constructor(wires: Stage['wires'], driver: Driver, system: PromiseSystem) {
    this.wires = wires
    this.#driver = driver
    this.#system = system
  }

  /** Starts it in `rig`, with both pages up. */
  static async start(rig: AsyncDisposableStack, found: FoundBrowser): Promise<Stage> {
    const profilesDir = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
    rig.defer(() => rm(profilesDir, { recursive: true, force: true }))
    const driver = rig.use(new Driver(found.kind === 'firefox' ? 'firefox' : 'chromium', driverOptions))
    const { bundle } = rig.use(await leveredPage())
    const scope = rig.use(new Rig())
    const host = await scope.run(BridgeHost.start({ files, bundle, heartbeat }))
    const wires = { a: rig.use(await Wire.to(host.port)), b: rig.use(await Wire.to(host.port)) }
    const system = rig.use(await ActorSystem.start({ shutdown: '30 seconds', log: 'off' }))
    const stage = new Stage(wires, driver, system)
    await stage.#grow(host, found, profilesDir)
    await until(() => stage.#live.size === 2)
    return stage
  }

  live(id: PageId): LiveConnection | undefined {
    return this.#live.get(id)
  }

  get browser(): Browser {
    const browser = this.#slot.current
    if (browser === undefined) throw new Error('there is no browser now')
    return browser
  }

  /** The page as its driver has it. */
  page(id: PageId): Page {
    return this.#driver.page(this.browser.profile ?? '', this.#urls.get(id) ?? '')
  }

  /**
   * Pulls a lever of the page's link worker, or of its newest lane. Gives when that happened there, on this process's
   * clock: a lane that is at work takes it after its run.
   */
  async pull(id: PageId, of: 'link' | 'lane', lever: Lever): Promise<number> {
    const pulling = this.page(id).evaluate(
      ([of, lever]) => {
        const page = globalThis as unknown as {
          levers: Map<string, { postMessage(message: object): void }>
          pulled: (at: number) => void
        }
        const [, worker] = [...page.levers].filter(([name]) => name.startsWith(of)).at(-1) ?? []
        return new Promise<number>(resolve => {
          page.pulled = resolve
          if (worker === undefined) throw new Error(`no ${of} of this page has levers`)
          worker.postMessage({ lever })
        })
      },
      [of, lever] as const,
    )
    const limit = new AbortController()
    const tooLate = sleep(pullLimitMs, undefined, { signal: limit.signal }).then(() => {
      throw new Error(
        `the ${of} of page ${id} has not said within ${pullLimitMs} ms that it did this: ${lever}`,
      )
    })
    const at = await Promise.race([pulling, tooLate]).finally(() => limit.abort())
    return performance.now() - (Date.now() - at)
  }

  /** A lane of the page that has the model, once the page is up and its machine says so. */
  async lane(id: PageId, backend: Backend = 'wasm'): Promise<Lane> {
    const live = await until(() => (this.state(id) === 'ready' ? this.#live.get(id) : undefined))
    const lane = live.lanes.find(one => one.backend === backend) ?? (await live.openLane(backend, 1))
    if (!lane.models.has('cube')) await lane.load(manifest('cube'))
    return lane
  }

  /** Has another process take the browser's place. */
  async freshBrowser(): Promise<void> {
    const { browser } = this
    process.kill(browser.pid ?? 0, 'SIGKILL')
    await until(() => this.#slot.current !== undefined && this.#slot.current !== browser)
    await this.whole()
  }

  /** Both pages serve: their lanes answer, a's on that back-end, and so do their main threads. */
  async whole(backend: Backend = 'wasm'): Promise<Readonly<Record<PageId, Lane>>> {
    for (;;) {
      try {
        const [a, b] = await Promise.all([this.lane('a', backend), this.lane('b')])
        await Promise.all([a, b].map(lane => lane.run('cube', cube(8), { deadlineMs: 30_000 })))
        if (await this.#mainsAnswer()) return { a, b }
      } catch (error) {
        // What one page died of may take the other a moment later; then it is tried again.
        if (!mayBeTriedAgain(error)) throw error
      }
    }
  }

  /** A page whose main thread hangs answers its driver never, or with an error once it is loaded again. */
  async #mainsAnswer(): Promise<boolean> {
    const before = { a: this.live('a'), b: this.live('b') }
    let said: 'yes' | 'no' | undefined
    void Promise.all((['a', 'b'] as const).map(async id => this.page(id).evaluate('true'))).then(
      () => {
        said = 'yes'
      },
      () => {
        said = 'no'
      },
    )
    const fell = () => (this.live('a') === before.a && this.live('b') === before.b ? undefined : 'no')
    return (await until(() => said ?? fell(), 20_000).catch(() => 'no')) === 'yes'
  }

  state(id: PageId | 'process'): unknown {
    const at = id === 'process' ? '/browser/process' : `/browser/connections/${id}`
    return this.#system.lookup<never, BrowserSnapshot | ConnectionSnapshot>(at)?.getSnapshot().value
  }

  async #grow(host: BridgeHost, found: FoundBrowser, profilesDir: string): Promise<void> {
    const page = (id: PageId) =>
      connection({
        id,
        limits,
        slot: this.#slot,
        host: {
          invite: options => {
            const invitation = host.invite(options)
            const url = invitation.url.replace(`:${host.port}`, `:${this.wires[id].port}`)
            this.#urls.set(id, url)
            return { ...invitation, url, revoke: () => invitation.revoke() }
          },
        },
        listener: {
          up: live => {
            this.#live.set(id, live)
            this.ups.push({ id, at: performance.now() })
          },
          down: (_id, reason) => {
            this.#live.delete(id)
            this.downs.push({ id, reason, at: performance.now() })
          },
          mended: recovery => this.recoveries.push(recovery),
        },
      })
    await this.#system.spawn(
      supervisor({
        id: 'browser',
        strategy: 'rest_for_one',
        intensity: 100,
        children: [
          browserProcess({
            source: found,
            slot: this.#slot,
            launch: { profilesDir },
            onMended: recovery => this.recoveries.push(recovery),
          }),
          supervisor({ id: 'connections', intensity: 100, children: [page('a'), page('b')] }),
        ],
      }),
    )
  }
}

const mayBeTriedAgain = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'mayRunAgain' in error && error.mayRunAgain === true
