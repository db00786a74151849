// A page with nothing of Shoal in it, in the same browser: what `ws` and this browser can do at best, by the ways that
// there are. What runs in it is bareScripts.ts.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Effect } from 'effect'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Browser } from '../src/index.ts'
import { bareFiles } from './bareScripts.ts'

const paths = ['/direct', '/second', '/hop', '/flow', '/engine'] as const
type Path = (typeof paths)[number]
/** Workers that answer each message: one does nothing with it, one runs what the lane runs. */
export type Answering = '/flow' | '/engine'

export class BarePage implements Disposable {
  readonly #server: Server
  readonly #sockets: Readonly<Record<Path, WebSocket>>
  /** Who waits for the answers that come by these, which keep the order of what was sent. */
  readonly #unanswered: Readonly<Record<Answering, ((answer: Buffer) => void)[]>> = {
    '/flow': [],
    '/engine': [],
  }

  private constructor(server: Server, sockets: Readonly<Record<Path, WebSocket>>) {
    this.#server = server
    this.#sockets = sockets
    for (const path of ['/flow', '/engine'] as const)
      sockets[path].on('message', (data: RawData) => this.#unanswered[path].shift()?.(data as Buffer))
  }

  static async open(browser: Browser): Promise<BarePage> {
    const server = createServer((request, response) => {
      response.setHeader('cross-origin-opener-policy', 'same-origin')
      response.setHeader('cross-origin-embedder-policy', 'require-corp')
      response.setHeader('cache-control', 'no-store')
      const [, count] = /^\/bytes\/(\d+)$/.exec(request.url ?? '') ?? []
      const file = bareFiles.get(request.url ?? '')
      if (count !== undefined) response.end(bytesOf(Number(count)))
      else if (file === undefined) response.writeHead(404).end()
      else response.setHeader('content-type', file.type).end(file.body)
    })
    const gate = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 2 ** 30 })
    const dialled = new Map<string, PromiseWithResolvers<WebSocket>>(
      paths.map(path => [path, Promise.withResolvers()]),
    )
    gate.on('connection', (socket, request) => dialled.get(request.url ?? '')?.resolve(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await Effect.runPromise(browser.openPage(`http://127.0.0.1:${port}/`))
    const sockets = await Promise.all(
      [...dialled].map(async ([path, { promise }]) => [path, await promise] as const),
    )
    return new BarePage(server, Object.fromEntries(sockets) as Record<Path, WebSocket>)
  }

  /** There and back, by the worker that has the socket. */
  echo(bytes: Uint8Array): Promise<void> {
    return this.#there('/direct', bytes)
  }

  /** There and back, by a worker behind the one that has the socket. */
  hop(bytes: Uint8Array): Promise<void> {
    return this.#there('/hop', bytes)
  }

  /** So many echoes at once. */
  async echoes(bytes: Uint8Array, count: number): Promise<void> {
    const socket = this.#sockets['/direct']
    let left = count
    await new Promise<void>(resolve => {
      const take = () => {
        left -= 1
        if (left > 0) return
        socket.off('message', take)
        resolve()
      }
      socket.on('message', take)
      for (let at = 0; at < count; at++) socket.send(bytes)
    })
  }

  /** So many bytes to the worker in one message, which it answers with one byte. Several may be under way. */
  async send(bytes: number, to: Answering = '/flow'): Promise<void> {
    await this.#answered(to, bytesOf(bytes), 1)
  }

  /** So many bytes from the worker in one message, which a few bytes ask for. Several may be under way. */
  async fetch(bytes: number, from: Answering = '/flow'): Promise<void> {
    await this.#answered(from, String(bytes), bytes)
  }

  async #answered(path: Answering, question: Buffer | string, length: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    this.#unanswered[path].push(resolve)
    this.#sockets[path].send(question)
    const answer = await promise
    if (answer.length !== length) throw new Error(`the bare page answered with ${answer.length} bytes`)
  }

  /** To the worker in one message; a byte comes back when it has come. */
  down(bytes: number): Promise<void> {
    return this.#down(bytes, bytes, ['/direct'], '')
  }

  /** The same in chunks that the worker gathers, by one socket or by two in turn. */
  downInChunks(bytes: number, chunk: number, sockets: 1 | 2): Promise<void> {
    return this.#down(bytes, chunk, sockets === 1 ? ['/direct'] : ['/direct', '/second'], 'gather')
  }

  /** The same by HTTP: the worker fetches them, and gathers what the stream gives. */
  async fetchDown(bytes: number): Promise<void> {
    bytesOf(bytes)
    const answer = this.#next('/direct')
    this.#sockets['/direct'].send(`fetch ${bytes}`)
    await answer
  }

  /** So many bytes from the worker, after a word to it. */
  async up(bytes: number, chunk = bytes): Promise<void> {
    const socket = this.#sockets['/direct']
    let came = 0
    await new Promise<void>(resolve => {
      const take = (data: RawData) => {
        came += (data as Buffer).length
        if (came < bytes) return
        socket.off('message', take)
        resolve()
      }
      socket.on('message', take)
      socket.send(`go ${bytes} ${chunk}`)
    })
  }

  async #there(path: Path, bytes: Uint8Array): Promise<void> {
    const answer = this.#next(path)
    this.#sockets[path].send(bytes)
    const came = await answer
    if (came.length !== bytes.length) throw new Error(`the bare echo came back with ${came.length} bytes`)
  }

  async #down(bytes: number, chunk: number, by: readonly Path[], how: string): Promise<void> {
    const all = bytesOf(bytes)
    const ready = this.#next('/direct')
    this.#sockets['/direct'].send(`take ${bytes} ${how}`)
    await ready
    const answer = this.#next('/direct')
    for (let at = 0, turn = 0; at < bytes; at += chunk, turn++) {
      const path = by[turn % by.length] ?? '/direct'
      this.#sockets[path].send(all.subarray(at, at + chunk))
    }
    await answer
  }

  #next(path: Path): Promise<Buffer> {
    return new Promise(resolve =>
      this.#sockets[path].once('message', (data: RawData) => resolve(data as Buffer)),
    )
  }

  [Symbol.dispose](): void {
    for (const socket of Object.values(this.#sockets)) socket.terminate()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const made = new Map<number, Buffer>()

function bytesOf(count: number): Buffer {
  const bytes = made.get(count) ?? Buffer.alloc(count, 7)
  made.set(count, bytes)
  return bytes
}
