// The way in for devices that are not ours: a listener of its own, with TLS where it has a certificate, on which the
// page, the runtime and the files of those models are served that a device was given to load; nothing else of the host
// can be reached through it. Who may join, and for how long, is JoinDoor.ts.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Effect, type Scope } from 'effect'
import type { CertificateInvalid, ListenFailed, PortInUse } from '../../errors.ts'
import type { Limits } from '../../protocol/messages.ts'
import type { HeartbeatLimits } from '../link/Heartbeat.ts'
import { type AccessRules, isLoopback, urlName } from './access.ts'
import type { FileProvider } from './FileProvider.ts'
import { Gateway, pendingAtOnce, type Refusal } from './Gateway.ts'
import { type JoinAddressOptions, JoinDoor, type JoinedDevice } from './JoinDoor.ts'
import { listen, type TlsOptions } from './listen.ts'
import { PageServer } from './PageServer.ts'
import type { PageBundle } from './pageBundle.ts'
import type { StaticFiles } from './StaticFiles.ts'

export interface DoorOptions {
  /** Address to listen on (default 127.0.0.1: browsers of this machine alone). */
  readonly host?: string
  /** Port, or 0 for any free one (default 0). */
  readonly port?: number
  /** Without a certificate, devices beyond this machine have no WebGPU, one WASM thread and no cache. */
  readonly tls?: TlsOptions
  /** Names, without port, by which devices reach this machine; the first stands in the address. Default: its addresses. */
  readonly names?: readonly string[]
  /** Devices that are here at the same time (default 16). */
  readonly maxDevices?: number
  /** A device arrived to which nobody listens: it is new, or came back after it had been given up. */
  readonly onDevice: (device: JoinedDevice) => void
}

/** What the door needs of the host that it belongs to. */
export interface DoorParts {
  readonly bundle: PageBundle
  readonly page: StaticFiles
  readonly files: FileProvider
  readonly heartbeat: HeartbeatLimits
}

export interface JoinAddress {
  /** Holds the token: whoever has it may join. */
  readonly url: string
  readonly reusable: boolean
  /** In milliseconds since 1970. */
  readonly expiresAt: number
  /** Nobody joins by it any more; those who did stay. */
  revoke(): void
}

const defaultMaxDevices = 16

/** A browser has six for HTTP and its socket, and for a moment the one that replaces it. */
const connectionsEach = 8

/** Small enough that a full house of hostile devices does not fill the host's memory. */
export const joinedLimits: Limits = {
  maxHeaderBytes: 1024 * 1024,
  maxFrameBytes: 64 * 1024 * 1024,
  maxTensors: 256,
}

/** A place for each connection is all there is: one whose answer nobody reads holds it no longer. */
const joinedUnreadMs = 30_000

/** For the same reason; a page says hello as soon as its socket is open, and dials again where it was too late. */
const joinedHelloMs = 20_000

export class Door {
  /** Such as `https://192.168.1.20:4433`. */
  readonly origin: string
  readonly port: number
  /** What those who join by it will miss, and why; for people. */
  readonly warnings: readonly string[]
  readonly #door: JoinDoor
  readonly #gateway: Gateway

  private constructor(
    origin: string,
    port: number,
    warnings: readonly string[],
    door: JoinDoor,
    gateway: Gateway,
  ) {
    this.origin = origin
    this.port = port
    this.warnings = warnings
    this.#door = door
    this.#gateway = gateway
  }

  /** Is open until the scope closes. */
  static open(
    options: DoorOptions,
    parts: DoorParts,
  ): Effect.Effect<Door, PortInUse | ListenFailed | CertificateInvalid, Scope.Scope> {
    const { host = '127.0.0.1', port = 0, tls, maxDevices = defaultMaxDevices } = options
    const maxConnections = pendingAtOnce + maxDevices * connectionsEach
    return Effect.gen(function* () {
      const server = yield* listen({ host, port, tls, maxConnections })
      const door = Door.#over(server, host, options, parts)
      yield* Effect.addFinalizer(() => Effect.sync(() => door.#gateway.close()))
      return door
    })
  }

  static #over(server: Server, host: string, options: DoorOptions, parts: DoorParts): Door {
    const { port } = server.address() as AddressInfo
    const { tls, maxDevices = defaultMaxDevices, onDevice } = options
    // A browser writes a name so, however it was typed.
    const names = (options.names ?? []).map(name => name.toLowerCase())
    const { bundle, page, files, heartbeat } = parts
    const own = addressesOf(host)
    const rules: AccessRules = {
      port,
      hosts: new Set([...names, ...own.map(urlName)]),
      secure: tls !== undefined,
    }
    const door = new JoinDoor({ maxDevices, onDevice, now: () => performance.now() })
    const gateway = new Gateway({
      admission: door,
      path: '/join',
      rules,
      build: bundle.build,
      runtimeBase: `/${bundle.runtime}`,
      heartbeat,
      limits: joinedLimits,
      helloMs: joinedHelloMs,
    })
    const pages = new PageServer({
      page,
      files,
      build: bundle.build,
      rules,
      modelFile: path => fileFor(door.deviceAt(path), path),
      unreadMs: joinedUnreadMs,
    })
    server.on('request', (request, response) => void pages.handle(request, response))
    server.on('upgrade', gateway.upgrade)
    const name = names[0] ?? urlName(own[0] ?? '127.0.0.1')
    const origin = `${tls === undefined ? 'http' : 'https'}://${name}:${port}`
    return new Door(origin, port, warningsOf(host, tls), door, gateway)
  }

  /** An address by which one device, or several, may join for a while. */
  address(options: JoinAddressOptions = {}): JoinAddress {
    const { token, expiresAt, revoke } = this.#door.issue(options)
    return {
      url: `${this.origin}/#join=${token}`,
      reusable: options.reusable === true,
      expiresAt: performance.timeOrigin + expiresAt,
      revoke,
    }
  }

  /** Every device that joined and is remembered, here or not. */
  get devices(): readonly JoinedDevice[] {
    return this.#door.devices
  }

  /** Lets a device not come again, but by an address that is given out later; its page is the caller's to drain and send home. */
  disown(id: string): void {
    this.#door.disown(id)
  }

  /** The same, and sends it home at once: what it has in flight is lost. */
  forget(id: string, reason = 'its place here was given up'): void {
    this.#door.forget(id, reason)
  }

  /**
   * Sends a device home at once that is not believed any more: it comes again by no address, and the one that it came by
   * lets nobody in any more who is not known yet. Those who joined by it stay.
   */
  shutOut(id: string, reason: string): void {
    this.#door.shutOut(id, reason)
  }

  /** How many were refused or shut out, and why. */
  get refusals(): ReadonlyMap<Refusal, number> {
    return this.#gateway.refusals
  }
}

/** A device may fetch what it was told to load, and nothing else. */
const fileFor = (device: JoinedDevice | undefined, path: string): string | undefined => {
  if (device === undefined) return undefined
  // `/f/<secret>/<key>/resolve/main/…`
  const name = path.split('/').slice(3).join('/')
  const [key] = name.split('/', 1)
  return device.page?.mayFetch(`${key}/resolve/main/`) === true ? name : undefined
}

/** The addresses under which a listener is reached, those of a network first. */
const addressesOf = (host: string): readonly string[] => {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const all = Object.values(networkInterfaces()).flatMap(one => one ?? [])
  return all
    .filter(
      ({ internal, family, address }) => !internal && (family === 'IPv4' || !address.startsWith('fe80')),
    )
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address)
}

const warningsOf = (host: string, tls: TlsOptions | undefined): readonly string[] =>
  tls !== undefined || isLoopback(host)
    ? []
    : [
        'Devices beyond this machine join without TLS: their browsers give them no WebGPU, no WebNN, one WASM thread and no cache for models, and tokens and tensors cross the network in the clear. Give a certificate and its key.',
      ]
