// Where pages connect: upgrade, hello, welcome or refusal. Not what a page does once it is welcome (LivePage.ts), and
// not how long it may take to say hello (PendingHandshake.ts). Nothing is kept of who is refused but a count.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import {
  defaultLimits,
  type Hello,
  type Limits,
  protocolVersion,
  type RefusalCode,
} from '../../protocol/messages.ts'
import type { HeartbeatLimits } from '../link/Heartbeat.ts'
import { Link } from '../link/Link.ts'
import { LivePage } from '../link/LivePage.ts'
import { type AccessRules, hostAllowed, originAllowed } from './access.ts'
import type { JoinTokens } from './JoinTokens.ts'
import { type HandshakeFault, PendingHandshake } from './PendingHandshake.ts'

/** A page that is expected, and what to do with it. */
export interface ExpectedPage {
  readonly id: string
  /** Hears of each arrival of its page: the first, after a reload, after a lost socket. The newest one counts. */
  readonly onArrival: (page: LivePage) => void
  /** Its present page. */
  page: LivePage | undefined
}

export interface GatewayOptions {
  readonly tokens: JoinTokens<ExpectedPage>
  readonly rules: AccessRules
  readonly build: string
  readonly filesBase: string
  readonly runtimeBase: string
  readonly heartbeat: HeartbeatLimits
  readonly limits?: Limits
}

/** Why a page was refused, by its upgrade request or its hello. */
export type Refusal = RefusalCode | 'HostRefused' | 'OriginRefused' | 'PathUnknown' | HandshakeFault

const pendingAtOnce = 64

const advice: Partial<Record<RefusalCode, string>> = {
  BuildMismatch: 'Reload the page: it was built by another version of this host.',
  ProtocolMismatch: 'Reload the page; if that does not help, host and page come from different versions.',
  TokenInvalid: 'Ask for a new join address: this one has been used up or revoked.',
  TooManyConnections: 'Wait until another page has left.',
}

interface UpgradeRefusal {
  readonly status: string
  readonly why: Refusal
}

const tooManyPending: UpgradeRefusal = { status: '503 Service Unavailable', why: 'TooManyConnections' }

/** Why a request to open a socket is refused, by its path and headers alone. */
export const upgradeRefusal = (
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  rules: AccessRules,
): UpgradeRefusal | undefined => {
  const { host, origin } = request.headers
  if (request.url?.split('?', 1)[0] !== '/link') return { status: '404 Not Found', why: 'PathUnknown' }
  if (!hostAllowed(host, rules)) return { status: '421 Misdirected Request', why: 'HostRefused' }
  if (!originAllowed(origin, host, rules)) return { status: '403 Forbidden', why: 'OriginRefused' }
  return undefined
}

/** Why a page's hello is refused. The token first: without one nobody learns this host's version. */
export const helloRefusal = (
  hello: Pick<Hello, 'protocol' | 'build'>,
  tokenKnown: boolean,
  build: string,
): { readonly code: RefusalCode; readonly message: string } | undefined => {
  if (!tokenKnown) return { code: 'TokenInvalid', message: 'the token is not known here' }
  if (hello.protocol !== protocolVersion) {
    const message = `the page speaks protocol ${hello.protocol}, this host ${protocolVersion}`
    return { code: 'ProtocolMismatch', message }
  }
  if (hello.build !== build) {
    return { code: 'BuildMismatch', message: `the page is build ${hello.build}, this host has ${build}` }
  }
  return undefined
}

export class Gateway {
  readonly refusals = new Map<Refusal, number>()
  readonly #options: GatewayOptions
  readonly #server: WebSocketServer
  /** Every open socket, whoever is behind it. */
  readonly #links = new Set<Link>()
  #pending = 0
  #closing = false

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      // Tensors do not shrink, and inflating them blocks the event loop.
      perMessageDeflate: false,
      maxPayload: (options.limits ?? defaultLimits).maxFrameBytes,
    })
  }

  /** For the HTTP server's `upgrade` event. */
  readonly upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const full = this.#closing || this.#pending >= pendingAtOnce
    const refusal = full ? tooManyPending : upgradeRefusal(request, this.#options.rules)
    if (refusal !== undefined) {
      this.#refuseUpgrade(stream, refusal)
      return
    }
    this.#server.handleUpgrade(request, stream, head, socket => {
      this.#shakeHands(new Link(socket, stream, this.#options.limits), stream)
    })
  }

  /** Dismisses every page, ends pending handshakes, and refuses every upgrade from now on. */
  close(): void {
    this.#closing = true
    for (const link of this.#links) {
      link.send({ t: 'bye' })
      link.close(1001, 'the host is closing')
    }
    this.#server.close()
  }

  #refuseUpgrade(stream: Duplex, { status, why }: UpgradeRefusal): void {
    this.#count(why)
    stream.on('error', () => {})
    stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  }

  #count(why: Refusal): void {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1)
  }

  #shakeHands(link: Link, stream: Duplex): void {
    this.#links.add(link)
    void link.closed.then(() => this.#links.delete(link))
    this.#pending += 1
    new PendingHandshake(link, stream, {
      over: () => {
        this.#pending -= 1
      },
      failed: fault => this.#count(fault),
      said: message => {
        if (message.t === 'hello') this.#hello(message, link)
        else this.#refuseHello(link, 'FrameRefused', `the first message was '${message.t}', not hello`)
      },
    })
  }

  #refuseHello(link: Link, code: RefusalCode, message: string): void {
    this.#count(code)
    link.send({ t: 'refused', code, message, advice: advice[code] ?? 'Reload the page.' })
    link.close(1008, code)
  }

  #hello(hello: Hello, link: Link): void {
    const { tokens, build, filesBase, runtimeBase, heartbeat, limits = defaultLimits } = this.#options
    const expected = tokens.find(hello.token)
    const refusal = helloRefusal(hello, expected !== undefined, build)
    if (expected === undefined || refusal !== undefined) {
      this.#refuseHello(link, refusal?.code ?? 'TokenInvalid', refusal?.message ?? '')
      return
    }
    const former = expected.page
    const resumed = former !== undefined && hello.resume === former.wireId
    const wireId = resumed ? former.wireId : `${expected.id}~${randomBytes(6).toString('hex')}`
    // The page may know of a lost socket before we do.
    former?.end(resumed ? 'its page connected again' : 'its page was loaded again')
    former?.link.terminate()
    const page = new LivePage(expected.id, wireId, hello, link, heartbeat)
    if (resumed) page.adopt(former)
    expected.page = page
    link.send({
      t: 'welcome',
      protocol: protocolVersion,
      build,
      connection: wireId,
      beatMs: heartbeat.beatMs,
      filesBase,
      runtimeBase,
      limits,
    })
    expected.onArrival(page)
  }
}
