// Opens and closes the host's servers: plain, or with TLS by a certificate. Not what they answer.
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { Effect, type Scope } from 'effect'
import { CertificateInvalid, ListenFailed, PortInUse } from '../../errors.ts'

export interface TlsOptions {
  /** PEM text, or the path of a file that holds it: the certificate, then those that lead to its root. */
  readonly cert: string
  /** PEM text of the certificate's private key, or the path of a file that holds it. */
  readonly key: string
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly tls?: TlsOptions | undefined
  /** Connections at the same time, of whatever kind; one more is closed at once. Default: no limit of its own. */
  readonly maxConnections?: number
  /** How long who connects may take for a TLS handshake, and for the headers of a request. Default ten seconds. */
  readonly silentMs?: number
}

const defaultSilentMs = 10_000

/** Longer than a page has that was told goodbye (Link.ts). */
const graceMs = 2_000

/** Listens until the scope closes, which cuts every connection. */
export const listen = (
  options: ListenOptions,
): Effect.Effect<Server, PortInUse | ListenFailed | CertificateInvalid, Scope.Scope> =>
  Effect.gen(function* () {
    const { tls } = options
    const pems = tls === undefined ? undefined : yield* readPems(tls)
    const { server } = yield* Effect.acquireRelease(bind(options, pems), stop)
    return server
  })

interface Bound {
  readonly server: Server
  /** Those under TLS, too, also before their handshake. */
  readonly sockets: ReadonlySet<Socket>
}

interface Pems {
  readonly cert: string
  readonly key: string
}

const readPems = ({ cert, key }: TlsOptions): Effect.Effect<Pems, CertificateInvalid> =>
  Effect.tryPromise({
    try: async () => {
      const pems = { cert: await pem(cert), key: await pem(key) }
      // Here, where it is one line to the user; a server would fail each handshake instead.
      createSecureContext(pems)
      return pems
    },
    catch: cause => new CertificateInvalid({ cert: nameOf(cert), key: nameOf(key), cause }),
  })

const pem = async (given: string): Promise<string> =>
  given.includes('-----BEGIN') ? given : await readFile(given, 'utf8')

const nameOf = (given: string): string => (given.includes('-----BEGIN') ? 'the PEM text given' : given)

const bind = (
  { host, port, maxConnections, silentMs = defaultSilentMs }: ListenOptions,
  pems: Pems | undefined,
): Effect.Effect<Bound, PortInUse | ListenFailed> =>
  Effect.callback<Bound, PortInUse | ListenFailed>(resume => {
    // HTTP's own limits are a minute and two: whoever says nothing would hold a place as long.
    const limits = {
      keepAliveTimeout: 30_000,
      headersTimeout: silentMs,
      requestTimeout: 2 * silentMs,
      connectionsCheckingInterval: silentMs / 4,
    }
    const server =
      pems === undefined
        ? createServer(limits)
        : createTlsServer({ ...pems, ...limits, handshakeTimeout: silentMs })
    if (maxConnections !== undefined) server.maxConnections = maxConnections
    const sockets = new Set<Socket>()
    server.on('connection', socket => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE'
      resume(Effect.fail(inUse ? new PortInUse({ host, port }) : new ListenFailed({ host, port, cause })))
    })
    server.listen(port, host, () => resume(Effect.succeed({ server, sockets })))
  })

const stop = ({ server, sockets }: Bound): Effect.Effect<void> =>
  Effect.callback<void>(resume => {
    // HTTP knows no socket whose TLS handshake has not ended: it would be waited for.
    const rest = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, graceMs)
    server.close(() => {
      clearTimeout(rest)
      resume(Effect.void)
    })
    server.closeAllConnections()
  })
