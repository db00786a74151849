// The host that pages dial: one HTTP server with the page, the runtime, the model files and the socket.
// Not browsers: it neither launches nor drives one, and serves any page that has a token.
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Effect, type Scope } from 'effect'
import { type CertificateInvalid, type ListenFailed, PageBuildFailed, type PortInUse } from '../../errors.ts'
import type { Limits } from '../../protocol/messages.ts'
import { defaultHeartbeatLimits, type HeartbeatLimits } from '../link/Heartbeat.ts'
import type { LivePage } from '../link/LivePage.ts'
import type { ExpectedPage } from './Admission.ts'
import { urlName } from './access.ts'
import { Door, type DoorOptions, type DoorParts } from './Door.ts'
import type { FileProvider } from './FileProvider.ts'
import { Gateway, type Refusal } from './Gateway.ts'
import { JoinTokens } from './JoinTokens.ts'
import { listen } from './listen.ts'
import { PageServer } from './PageServer.ts'
import { type PageBundle, pageBundle } from './pageBundle.ts'
import { StaticFiles } from './StaticFiles.ts'

export interface BridgeHostOptions {
  /** Address to listen on (default 127.0.0.1: this machine alone). */
  readonly host?: string
  /** Port, or 0 for any free one (default 0). */
  readonly port?: number
  /** Where model files come from. */
  readonly files: FileProvider
  /** The page's bundle (default: the prebuilt one, or one built now). */
  readonly bundle?: PageBundle
  /** Where a page that must be built is kept (default: SHOAL_CACHE, else the user's cache folder). */
  readonly cache?: string
  readonly heartbeat?: Partial<HeartbeatLimits>
  readonly limits?: Limits
}

export interface InviteOptions {
  /** The name of the connection that is expected. */
  readonly id: string
  /** Hears of each arrival of its page: the first, after a reload, after a lost socket. */
  readonly onArrival: (page: LivePage) => void
}

/** A place that is held for one page. */
export interface Invitation {
  readonly id: string
  /** The page's address. It holds the token: give it to a driver, never to a process as an argument. */
  readonly url: string
  /** Ends the token and dismisses the page, if it is there. */
  revoke(): void
}

export class BridgeHost {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string
  readonly port: number
  /** Which build of the page it serves. */
  readonly build: string
  /** A secret path keeps model files from whoever can reach the port but was never invited. */
  readonly #filesBase = `/f/${randomBytes(16).toString('base64url')}/`
  readonly #tokens = new JoinTokens()
  readonly #gateway: Gateway
  readonly #parts: DoorParts

  private constructor(server: Server, name: string, parts: DoorParts, limits: Limits | undefined) {
    const { bundle, page, files, heartbeat } = parts
    const { build } = bundle
    const { port } = server.address() as AddressInfo
    this.port = port
    this.origin = `http://${name}:${port}`
    this.build = build
    this.#parts = parts
    const rules = { port, hosts: new Set([name]) }
    this.#gateway = new Gateway({
      admission: this.#tokens,
      path: '/link',
      rules,
      build,
      runtimeBase: `/${bundle.runtime}`,
      heartbeat,
      ...(limits === undefined ? {} : { limits }),
    })
    const base = this.#filesBase
    const pages = new PageServer({
      page,
      files,
      build,
      rules,
      modelFile: path => (path.startsWith(base) ? path.slice(base.length) : undefined),
    })
    server.on('request', (request, response) => void pages.handle(request, response))
    server.on('upgrade', this.#gateway.upgrade)
  }

  /** Listens until the scope closes. */
  static start(
    options: BridgeHostOptions,
  ): Effect.Effect<BridgeHost, PortInUse | ListenFailed | PageBuildFailed, Scope.Scope> {
    const { host: address = '127.0.0.1', port = 0, files, limits } = options
    return Effect.gen(function* () {
      const bundle = options.bundle ?? (yield* findPage(options.cache))
      const page = yield* Effect.promise(() => StaticFiles.index(bundle.folder))
      const server = yield* listen({ host: address, port }).pipe(
        Effect.catchTag('CertificateInvalid', Effect.die),
      )
      const heartbeat = { ...defaultHeartbeatLimits, ...options.heartbeat }
      const host = new BridgeHost(server, reachable(address), { bundle, page, files, heartbeat }, limits)
      yield* Effect.addFinalizer(() => Effect.sync(() => host.#gateway.close()))
      return host
    })
  }

  /** Opens a way in for devices that are not ours, on a listener of its own, until the scope closes. */
  openDoor(
    options: DoorOptions,
  ): Effect.Effect<Door, PortInUse | ListenFailed | CertificateInvalid, Scope.Scope> {
    return Door.open(options, this.#parts)
  }

  /** How many pages were refused, and why. */
  get refusals(): ReadonlyMap<Refusal, number> {
    return this.#gateway.refusals
  }

  invite({ id, onArrival }: InviteOptions): Invitation {
    const filesBase = this.#filesBase
    const expected: ExpectedPage = { id, trust: 'own', filesBase, onArrival, page: undefined }
    const token = this.#tokens.issue(expected)
    return {
      id,
      url: `${this.origin}/#token=${token}`,
      revoke: () => {
        this.#tokens.revoke(token)
        expected.page?.dismiss('it is no longer needed')
      },
    }
  }
}

/** The name in a URL under which a page on this machine reaches a listening address. */
const reachable = (host: string): string => {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : urlName(host)
}

const findPage = (cache: string | undefined): Effect.Effect<PageBundle, PageBuildFailed> =>
  Effect.tryPromise({ try: () => pageBundle(cache), catch: error => error }).pipe(
    Effect.catch(error => (error instanceof PageBuildFailed ? Effect.fail(error) : Effect.die(error))),
  )
