// Where pages connect: upgrade, hello, welcome or refusal. Not what a page does once it is welcome (LivePage.ts), and
// not how long it may take to say hello (PendingHandshake.ts). Nothing is kept of who is refused but a count.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { chunkBytes, headBytes } from '../../protocol/flowFrames.ts'
import type { FrameErrorCode } from '../../protocol/frameError.ts'
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
import type { Admission, ExpectedPage, Judgement } from './Admission.ts'
import { type AccessRules, hostAllowed, originAllowed } from './access.ts'
import { FailedAttempts } from './FailedAttempts.ts'
import { type HandshakeFault, PendingHandshake } from './PendingHandshake.ts'

export interface GatewayOptions {
  readonly admission: Admission
  /** Where its socket is. */
  readonly path: '/link' | '/join'
  readonly rules: AccessRules
  readonly build: string
  readonly runtimeBase: string
  readonly heartbeat: HeartbeatLimits
  readonly limits?: Limits
  /** How long a page may take from its upgrade to its hello. Default a minute: our own pages run on machines that are busy. */
  readonly helloMs?: number
}

/** Why a page was refused by its upgrade request or its hello, or shut out for what it did afterwards. */
export type Refusal =
  | RefusalCode
  | 'HostRefused'
  | 'OriginRefused'
  | 'PathUnknown'
  | HandshakeFault
  | FrameErrorCode

/** Handshakes under way. */
export const pendingAtOnce = 64

const defaultHelloMs = 60_000

const advice: Partial<Record<RefusalCode, string>> = {
  BuildMismatch: 'Reload the page: it was built by another version of this host.',
  ProtocolMismatch: 'Reload the page; if that does not help, host and page come from different versions.',
  TokenInvalid: 'Ask for a new join address: this one has been used up or revoked.',
  TokenUsed: 'Ask for a new join address, one for each device.',
  TokenExpired: 'Ask for a new join address.',
  TooManyAttempts: 'Wait a minute, then use a new join address.',
  TooManyConnections: 'Wait until another page has left.',
}

interface UpgradeRefusal {
  readonly status: string
  readonly why: Refusal
}

const closing: UpgradeRefusal = { status: '503 Service Unavailable', why: 'TooManyConnections' }

/** Why a request to open a socket is refused, by its path and headers alone. */
export const upgradeRefusal = (
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  rules: AccessRules,
  path: string,
): UpgradeRefusal | undefined => {
  const { host, origin } = request.headers
  if (request.url?.split('?', 1)[0] !== path) return { status: '404 Not Found', why: 'PathUnknown' }
  if (!hostAllowed(host, rules)) return { status: '421 Misdirected Request', why: 'HostRefused' }
  if (!originAllowed(origin, host, rules)) return { status: '403 Forbidden', why: 'OriginRefused' }
  return undefined
}

/** Why a page's hello is refused. The token first: without one nobody learns this host's version. */
export const helloRefusal = (
  hello: Pick<Hello, 'protocol' | 'build'>,
  judgement: Judgement,
  build: string,
): { readonly code: RefusalCode; readonly message: string } | undefined => {
  if (judgement._tag === 'Refused') return judgement
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
  /** Sockets that the HTTP server has given up to us and that are no link: it does not close them any more. */
  readonly #unlinked = new Set<Duplex>()
  readonly #attempts = new FailedAttempts()
  /** Oldest first. */
  readonly #pending = new Set<PendingHandshake>()
  #closing = false

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      // Tensors do not shrink, and inflating them blocks the event loop.
      perMessageDeflate: false,
      // What is larger comes in chunks, whose gathering is limited.
      maxPayload: Math.min((options.limits ?? defaultLimits).maxFrameBytes, chunkBytes + headBytes),
    })
  }

  /** For the HTTP server's `upgrade` event. */
  readonly upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const { rules, path, limits } = this.#options
    this.#unlinked.add(stream)
    stream.once('close', () => this.#unlinked.delete(stream))
    const refusal = this.#closing ? closing : upgradeRefusal(request, rules, path)
    if (refusal !== undefined) {
      this.#refuseUpgrade(stream, refusal)
      return
    }
    this.#server.handleUpgrade(request, stream, head, socket => {
      this.#unlinked.delete(stream)
      this.#shakeHands(new Link(socket, stream, limits), stream, request.socket.remoteAddress ?? '')
    })
  }

  /** Dismisses every page, ends pending handshakes, and refuses every upgrade from now on. */
  close(): void {
    this.#closing = true
    for (const link of this.#links) {
      link.send({ t: 'bye', reason: 'the host is closing' })
      link.close(1001, 'the host is closing')
    }
    for (const stream of this.#unlinked) stream.destroy()
    this.#server.close()
  }

  #refuseUpgrade(stream: Duplex, { status, why }: UpgradeRefusal): void {
    this.#count(why)
    stream.on('error', () => {})
    // To end it leaves the other half to the peer, which may stay for ever.
    stream.once('finish', () => stream.destroy())
    stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  }

  #count(why: Refusal): void {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1)
  }

  #shakeHands(link: Link, stream: Duplex, address: string): void {
    this.#links.add(link)
    void link.closed.then(({ fault }) => {
      this.#links.delete(link)
      if (fault !== undefined) this.#count(fault)
    })
    const { helloMs = defaultHelloMs } = this.#options
    const [oldest] = this.#pending
    // A page says hello as soon as its socket is open. Refusing the newest would let silent ones keep everybody out.
    if (this.#pending.size >= pendingAtOnce) oldest?.crowdOut()
    const handshake: PendingHandshake = new PendingHandshake(link, stream, helloMs, {
      over: () => this.#pending.delete(handshake),
      failed: fault => this.#count(fault),
      said: message => {
        if (message.t === 'hello') this.#hello(message, link, address)
        else this.#refuseHello(link, 'FrameRefused', `the first message was '${message.t}', not hello`)
      },
    })
    this.#pending.add(handshake)
  }

  #refuseHello(link: Link, code: RefusalCode, message: string): void {
    this.#count(code)
    link.send({ t: 'refused', code, message, advice: advice[code] ?? 'Reload the page.' })
    link.close(1008, code)
  }

  #hello(hello: Hello, link: Link, address: string): void {
    const { admission, build } = this.#options
    const judgement = admission.judge(hello)
    const refusal = helloRefusal(hello, judgement, build)
    if (refusal !== undefined) this.#refuseToken(link, refusal, address)
    else if (judgement._tag === 'Known') this.#welcome(hello, judgement.enter(), link)
  }

  /** A wrong token counts against its address; when there have been too many, that alone is said. */
  #refuseToken(link: Link, refusal: { code: RefusalCode; message: string }, address: string): void {
    const now = performance.now()
    const wrong = refusal.code === 'TokenInvalid'
    const tooMany = wrong && this.#attempts.tooMany(address, now)
    if (wrong) this.#attempts.failed(address, now)
    if (tooMany) this.#refuseHello(link, 'TooManyAttempts', 'too many wrong tokens have come from there')
    else this.#refuseHello(link, refusal.code, refusal.message)
  }

  #welcome(hello: Hello, expected: ExpectedPage, link: Link): void {
    const { build, runtimeBase, heartbeat, limits = defaultLimits } = this.#options
    const former = expected.page
    const resumed = former !== undefined && hello.resume === former.wireId
    const wireId = resumed ? former.wireId : `${expected.id}~${randomBytes(6).toString('hex')}`
    // The page may know of a lost socket before we do.
    if (expected.trust === 'joined' && !resumed)
      former?.dismiss('this browser has joined again in another tab')
    former?.end(resumed ? 'its page connected again' : 'its page was loaded again')
    if (expected.trust === 'own' || resumed) former?.link.terminate()
    const page = new LivePage(expected.id, wireId, hello, link, heartbeat, expected.trust)
    if (resumed) page.adopt(former)
    expected.page = page
    link.send({
      t: 'welcome',
      protocol: protocolVersion,
      build,
      connection: wireId,
      beatMs: heartbeat.beatMs,
      hostBeats: true,
      filesBase: expected.filesBase,
      runtimeBase,
      limits,
      ...(expected.welcome === undefined ? {} : { device: expected.welcome() }),
    })
    expected.onArrival(page)
  }
}
