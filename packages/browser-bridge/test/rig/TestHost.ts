// A host as small as the page needs: its files, model files from memory, and one socket that says welcome. Not the
// real host: it checks nothing and knows no token.

import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { joinChunks } from '@shoal/tensor'
import { type WebSocket, WebSocketServer } from 'ws'
import { type PageBundle, pageBundle } from '../../src/node/host/pageBundle.ts'
import { decodePageFrame, encodeFrame } from '../../src/protocol/codec.ts'
import { Flow } from '../../src/protocol/Flow.ts'
import { readFlowFrame } from '../../src/protocol/flowFrames.ts'
import {
  defaultLimits,
  type Hello,
  type HostMessage,
  type Limits,
  type PageMessage,
  protocolVersion,
} from '../../src/protocol/messages.ts'
import { type CreditGate, TestPage } from './TestPage.ts'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

export interface TestHostOptions {
  /** Cross-origin isolation headers; without them a page has one thread. */
  readonly isolated?: boolean
  readonly beatMs?: number
  /** What the host says it takes. */
  readonly limits?: Limits
  /** Answers a hello; a welcome where absent. */
  readonly answer?: (hello: Hello, bundle: PageBundle) => HostMessage | undefined
  /** Further folders served by path prefix, for benches. */
  readonly onRequest?: (url: string) => { readonly type: string; readonly body: string } | undefined
}

export class TestHost {
  readonly bundle: PageBundle
  readonly requested: string[] = []
  readonly #server: Server
  readonly #sockets: WebSocketServer
  readonly #options: TestHostOptions
  readonly #files = new Map<string, Uint8Array>()
  readonly #waiting: ((page: TestPage) => void)[] = []
  readonly #arrived: TestPage[] = []

  private constructor(bundle: PageBundle, options: TestHostOptions) {
    this.bundle = bundle
    this.#options = options
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#sockets = new WebSocketServer({ server: this.#server, path: '/link', perMessageDeflate: false })
    this.#sockets.on('connection', socket => this.#accept(socket))
  }

  static async start(options: TestHostOptions = {}): Promise<TestHost> {
    const host = new TestHost(await pageBundle(), options)
    await new Promise<void>(done => host.#server.listen(0, '127.0.0.1', done))
    return host
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}/#token=test`
  }

  /** Serves bytes at filesBase + path. */
  put(file: string, bytes: Uint8Array): void {
    this.#files.set(file, bytes)
  }

  copy(from: string, to: string): void {
    const bytes = this.#files.get(from)
    if (bytes !== undefined) this.#files.set(to, bytes)
  }

  /** The next page that was welcomed. */
  page(): Promise<TestPage> {
    const page = this.#arrived.shift()
    return page === undefined ? new Promise(resolve => this.#waiting.push(resolve)) : Promise.resolve(page)
  }

  /**
   * The next page that is new. While a page is loaded again the old one's worker may see its socket close, and dial once
   * more before it ends.
   */
  async newPage(): Promise<TestPage> {
    const page = await this.page()
    return page.hello.resume === undefined ? page : this.newPage()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#server.closeAllConnections()
    await new Promise(done => this.#server.close(done))
  }

  #accept(socket: WebSocket): void {
    let page: TestPage | undefined
    const gate: CreditGate = { held: undefined }
    const flow = new Flow({
      write: parts => {
        const message = joinChunks(parts)
        if (gate.held !== undefined && readFlowFrame(message)._tag === 'Credit') gate.held.push(message)
        else socket.send(message)
      },
    })
    socket.on('message', (data: Buffer) => {
      const frame = flow.take(data)
      if (frame === undefined) return
      const message: PageMessage = decodePageFrame(frame)
      if (message.t !== 'hello') {
        page?.receive(message)
        return
      }
      const answer =
        this.#options.answer?.(message, this.bundle) ?? this.welcome(message.resume ?? 'connection-1')
      socket.send(joinChunks(encodeFrame(answer)))
      if (answer.t !== 'welcome') return
      flow.admit(answer.limits.maxFrameBytes)
      page = new TestPage(socket, message, flow, gate)
      const next = this.#waiting.shift()
      if (next === undefined) this.#arrived.push(page)
      else next(page)
    })
  }

  welcome(connection: string): HostMessage {
    return {
      t: 'welcome',
      protocol: protocolVersion,
      build: this.bundle.build,
      connection,
      beatMs: this.#options.beatMs ?? 250,
      filesBase: '/f/secret/',
      runtimeBase: `/${this.bundle.runtime}`,
      limits: this.#options.limits ?? defaultLimits,
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    this.requested.push(pathname)
    if (this.#options.isolated !== false) {
      response.setHeader('cross-origin-opener-policy', 'same-origin')
      response.setHeader('cross-origin-embedder-policy', 'require-corp')
    }
    response.setHeader('cross-origin-resource-policy', 'same-origin')
    try {
      const { type, body } = await this.#open(pathname)
      response.writeHead(200, { 'content-type': type, 'content-length': body.length })
      response.end(body)
    } catch {
      response.writeHead(404)
      response.end()
    }
  }

  async #open(pathname: string): Promise<{ type: string; body: Uint8Array | string }> {
    const extra = this.#options.onRequest?.(pathname)
    if (extra !== undefined) return extra
    if (pathname.startsWith('/f/secret/')) {
      const body = this.#files.get(decodeURIComponent(pathname.slice('/f/secret/'.length)))
      if (body === undefined) throw new Error('no such file')
      return { type: 'application/octet-stream', body }
    }
    const file = pathname === '/' ? 'index.html' : pathname.slice(1)
    const body = await readFile(path.join(this.bundle.folder, file))
    return { type: types[path.extname(file)] ?? 'application/octet-stream', body }
  }
}
