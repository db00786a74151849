// The host that pages dial: one HTTP server with the page, the runtime, the model files and the socket.
// Not browsers: it neither launches nor drives one, and serves any page that has a token.
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Effect, type Scope } from 'effect'
import { ListenFailed, PageBuildFailed, PortInUse } from '../../errors.ts'
import type { Limits } from '../../protocol/messages.ts'
import { defaultHeartbeatLimits, type HeartbeatLimits } from '../link/Heartbeat.ts'
import type { LivePage } from '../link/LivePage.ts'
import type { FileProvider } from './FileProvider.ts'
import { type ExpectedPage, Gateway, type Refusal } from './Gateway.ts'
import { JoinTokens } from './JoinTokens.ts'
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
  readonly #tokens: JoinTokens<ExpectedPage>
  readonly #gateway: Gateway

  private constructor(
    origin: string,
    port: number,
    build: string,
    tokens: JoinTokens<ExpectedPage>,
    gateway: Gateway,
  ) {
    this.port = port
    this.origin = origin
    this.build = build
    this.#tokens = tokens
    this.#gateway = gateway
  }

  /** Listens until the scope closes. */
  static start(
    options: BridgeHostOptions,
  ): Effect.Effect<BridgeHost, PortInUse | ListenFailed | PageBuildFailed, Scope.Scope> {
    return Effect.gen(function* () {
      const bundle = options.bundle ?? (yield* findPage(options.cache))
      const page = yield* Effect.promise(() => StaticFiles.index(bundle.folder))
      const server = yield* Effect.acquireRelease(listen(options), stop)
      const host = BridgeHost.#over(server, bundle, page, options)
      yield* Effect.addFinalizer(() => Effect.sync(() => host.#gateway.close()))
      return host
    })
  }

  static #over(
    server: Server,
    bundle: PageBundle,
    page: StaticFiles,
    options: BridgeHostOptions,
  ): BridgeHost {
    const { port } = server.address() as AddressInfo
    const { host = '127.0.0.1', files, limits } = options
    const { build } = bundle
    // A secret path keeps model files from whoever can reach the port but was never invited.
    const filesBase = `/f/${randomBytes(16).toString('base64url')}/`
    const rules = { port, hosts: new Set([reachable(host)]) }
    const tokens = new JoinTokens<ExpectedPage>()
    const gateway = new Gateway({
      tokens,
      rules,
      build,
      filesBase,
      runtimeBase: `/${bundle.runtime}`,
      heartbeat: { ...defaultHeartbeatLimits, ...options.heartbeat },
      ...(limits === undefined ? {} : { limits }),
    })
    const pages = new PageServer({ page, files, filesBase, build, rules })
    server.on('request', (request, response) => void pages.handle(request, response))
    server.on('upgrade', gateway.upgrade)
    return new BridgeHost(`http://${reachable(host)}:${port}`, port, build, tokens, gateway)
  }

  /** How many pages were refused, and why. */
  get refusals(): ReadonlyMap<Refusal, number> {
    return this.#gateway.refusals
  }

  invite({ id, onArrival }: InviteOptions): Invitation {
    const expected: ExpectedPage = { id, onArrival, page: undefined }
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
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

const findPage = (cache: string | undefined): Effect.Effect<PageBundle, PageBuildFailed> =>
  Effect.tryPromise({ try: () => pageBundle(cache), catch: error => error }).pipe(
    Effect.catch(error => (error instanceof PageBuildFailed ? Effect.fail(error) : Effect.die(error))),
  )

const listen = ({
  host = '127.0.0.1',
  port = 0,
}: BridgeHostOptions): Effect.Effect<Server, PortInUse | ListenFailed> =>
  Effect.callback<Server, PortInUse | ListenFailed>(resume => {
    const server = createServer({ keepAliveTimeout: 30_000 })
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE'
      resume(Effect.fail(inUse ? new PortInUse({ host, port }) : new ListenFailed({ host, port, cause })))
    })
    server.listen(port, host, () => resume(Effect.succeed(server)))
  })

const stop = (server: Server): Effect.Effect<void> =>
  Effect.callback<void>(resume => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })
