// The devices that joined by address: each an actor under `/devices` while it is here or may come back, and a member of
// the fleet while it can work. The pool starts and restarts none of them; it can only let one in, and send it home.

import {
  type Adapter,
  type Backend,
  type BridgeHost,
  type DeviceCommand,
  type DeviceSnapshot,
  type Door,
  type DoorOptions,
  type JoinAddress,
  type JoinAddressOptions,
  type JoinedDevice,
  joinedDevice,
  type LiveConnection,
} from '@shoal/browser-bridge'
import type { ActorRef, ActorSystem } from '@shoal/core'
import { Effect } from 'effect'
import type { Dispatcher } from '../Dispatcher.ts'
import type { AnyBrowser, BrowserName, Fleet } from './Fleet.ts'
import { names } from './tree.ts'

/** Where and how devices may join. Without any of it: browsers of this machine, on any free port. */
export interface JoinOptions extends Omit<DoorOptions, 'onDevice'> {
  /** How long a device may be away before it is given up, in milliseconds. Default 10 minutes. */
  readonly awayMs?: number
}

export interface DeviceInfo {
  /** Such as `device-1`; answers that it gave name it as their connection. */
  readonly id: string
  /** What it says of itself. */
  readonly browser: { readonly kind: AnyBrowser; readonly version: string; readonly userAgent: string }
  /** `resting`: it is here, and must be left alone; `away`: it may come back. */
  readonly state: 'working' | 'resting' | 'away' | 'leaving'
  /** Why it does not work. */
  readonly reason: string | undefined
  readonly lanes: readonly {
    readonly backend: Backend
    readonly threads: number
    readonly adapter?: Adapter
  }[]
  /** Requests on its lanes now. */
  readonly running: number
  /** Requests that it has answered. */
  readonly answered: number
}

/** The way in for devices, as the pool's user has it. */
export interface PoolJoin {
  /** Where devices reach it, such as `https://192.168.1.20:4433`. */
  readonly origin: string
  /** What those who join will miss, and why; for people. */
  readonly warnings: readonly string[]
  /** An address by which one device, or several, may join for a while. Whoever has it may join. */
  address(options?: JoinAddressOptions): JoinAddress
  devices(): readonly DeviceInfo[]
  /** How many were refused or shut out, by code. */
  refusals(): Readonly<Record<string, number>>
  /** Lets it finish what it has, and sends it home. It may come back, unless it is also forgotten from now on. */
  sendHome(id: string, options?: { readonly forget?: boolean }): void
}

export interface DevicesOptions {
  readonly system: ActorSystem
  readonly fleet: Fleet
  readonly dispatcher: Dispatcher
}

interface Known {
  readonly ref: ActorRef<DeviceCommand, DeviceSnapshot>
  readonly device: JoinedDevice
  /** Its page, as it was last seen; undefined until it was up once. */
  live: LiveConnection | undefined
}

const kinds: readonly AnyBrowser[] = ['chromium', 'chrome', 'edge', 'firefox', 'safari', 'opera']

/** The kind that a page says it runs in; only a name, by which preferences go until something was measured. */
export const kindOf = (name: string): AnyBrowser => kinds.find(kind => kind === name) ?? 'other'

export class Devices implements PoolJoin {
  readonly #options: DevicesOptions
  readonly #door: Door
  readonly #known = new Map<string, Known>()
  /** By device: it outlives its actor, and counts on as long as the door remembers it. */
  readonly #answered = new WeakMap<JoinedDevice, number>()

  private constructor(options: DevicesOptions, door: Door) {
    this.#options = options
    this.#door = door
  }

  /** Opens the door until the scope closes. */
  static readonly open = Effect.fnUntraced(function* (
    host: BridgeHost,
    { awayMs, ...door }: JoinOptions,
    options: DevicesOptions,
  ) {
    const limits = awayMs === undefined ? {} : { awayMs }
    const opened: Door = yield* host.openDoor({
      ...door,
      onDevice: device => devices.#start(device, limits),
    })
    const devices: Devices = new Devices(options, opened)
    return devices
  })

  get origin(): string {
    return this.#door.origin
  }

  get warnings(): readonly string[] {
    return this.#door.warnings
  }

  address(options: JoinAddressOptions = {}): JoinAddress {
    return this.#door.address(options)
  }

  refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#door.refusals)
  }

  devices(): readonly DeviceInfo[] {
    const load = this.#options.dispatcher.load()
    return [...this.#known].flatMap(([id, { ref, device, live }]) => {
      if (live === undefined) return []
      const { value, context } = ref.getSnapshot()
      const lanes = device.page?.lanes ?? []
      const { version, userAgent, name } = live.browser
      return {
        id,
        browser: { kind: kindOf(name), version, userAgent },
        state: stateOf(value),
        reason: value === 'working' ? undefined : context.reason,
        lanes: lanes.map(({ backend, threads, adapter }) => ({
          backend,
          threads,
          ...(adapter === undefined ? {} : { adapter }),
        })),
        running: lanes.reduce((sum, lane) => sum + (load.get(lane.id) ?? 0), 0),
        answered: this.#answered.get(device) ?? 0,
      }
    })
  }

  sendHome(id: string, { forget = false }: { readonly forget?: boolean } = {}): void {
    const known = this.#known.get(id)
    known?.ref.tell({ type: 'drain' })
    if (!forget) return
    if (known === undefined) this.#door.forget(id)
    else this.#door.disown(id)
  }

  /** Takes what it has away from it, and lets it not come again: for one that is not believed any more. */
  shutOut(id: string, reason: string): void {
    this.#door.shutOut(id, reason)
    this.#known.get(id)?.ref.tell({ type: 'drain' })
  }

  /** A connection answered; counted where it is a device's. */
  answered(connection: string): void {
    const device = this.#known.get(connection)?.device
    if (device !== undefined) this.#answered.set(device, (this.#answered.get(device) ?? 0) + 1)
  }

  #start(device: JoinedDevice, limits: { readonly awayMs?: number }): void {
    const { fleet, dispatcher, system } = this.#options
    const supervisor = system.root.childSupervisor(names.devices)
    if (supervisor === undefined) throw new Error('pool: /devices is not in the tree')
    const spec = joinedDevice({
      device,
      limits,
      listener: {
        up: live => {
          const known = this.#known.get(live.id)
          if (known) known.live = live
          fleet.up(live, nameOf(live))
        },
        down: id => fleet.down(id),
        drain: live => dispatcher.drainConnection(live.id),
        resume: live => dispatcher.resumeConnection(live.id),
      },
    })
    const started = supervisor.startChild(spec).pipe(
      Effect.tap(ref =>
        Effect.sync(() => {
          this.#known.set(device.id, { ref, device, live: device.page })
          ref.watch(() => this.#ended(device.id, ref))
        }),
      ),
      // The pool is closing; the door closes behind it.
      Effect.ignore,
    )
    Effect.runFork(started)
  }

  #ended(id: string, ref: Known['ref']): void {
    if (this.#known.get(id)?.ref !== ref) return
    this.#known.delete(id)
    this.#options.fleet.down(id)
  }
}

const nameOf = ({ id, browser }: LiveConnection): BrowserName => ({
  id,
  kind: kindOf(browser.name),
  version: browser.version,
})

const stateOf = (value: DeviceSnapshot['value']): DeviceInfo['state'] => {
  if (value === 'working' || value === 'leaving') return value
  return value === 'calming' || value === 'resting' ? 'resting' : 'away'
}
