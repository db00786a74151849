// What a browser takes by itself for each part of a death and its mending, with nothing of Shoal in the page: a page that
// closes, a worker that throws, a GPU device that goes, and then a worker with its session, a socket dialled, a page
// loaded again or another one opened. In the very browser that the deaths are tried in.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sampleOf } from '@shoal/tools/bench'
import { Effect } from 'effect'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Browser, PageHandle } from '../src/index.ts'
import { bareAnswer } from './bareDeathScripts.ts'

/** Medians, milliseconds. */
export interface BareDeaths {
  /** From the command to close a page until its socket is closed here. */
  readonly closeMs: number
  /** From the throw in a worker until its page's word of it is here. */
  readonly throwMs: number
  /** From a GPU device's end until its page's word of it is here; undefined where there is none. */
  readonly loseMs: number | undefined
  /** A socket dialled until the first word came over it. */
  readonly dialMs: number
  /** A worker started until its engine has answered for the first time. */
  readonly wasmMs: number
  readonly webgpuMs: number | undefined
  /** A page loaded again, and such a worker in it. */
  readonly reloadMs: number
  /** Another page opened, and such a worker in it. */
  readonly pageMs: number
}

interface BarePage {
  readonly handle: PageHandle
  readonly socket: WebSocket
}

class BareHost implements Disposable {
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true })
  #arrived = Promise.withResolvers<WebSocket>()

  private constructor(server: Server) {
    this.#server = server
    server.on('upgrade', (request, stream, head) => {
      this.#sockets.handleUpgrade(request, stream, head, socket => {
        if (request.url === '/control') this.#arrived.resolve(socket)
        else socket.send('welcome')
      })
    })
  }

  static async start(): Promise<BareHost> {
    const server = createServer(async (request, response) => {
      response.setHeader('cross-origin-opener-policy', 'same-origin')
      response.setHeader('cross-origin-embedder-policy', 'require-corp')
      const found = await bareAnswer(request.url ?? '')
      if (found === undefined) response.writeHead(404).end()
      // As ours serves its bundle: an engine that is fetched again would be no floor.
      else {
        const kept = request.url === '/' ? 'no-store' : 'public, max-age=31536000, immutable'
        response.setHeader('cache-control', kept)
        response.setHeader('content-type', found.type).end(found.body)
      }
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    return new BareHost(server)
  }

  async open(browser: Browser): Promise<BarePage> {
    this.#arrived = Promise.withResolvers()
    const { port } = this.#server.address() as AddressInfo
    const handle = await Effect.runPromise(browser.openPage(`http://127.0.0.1:${port}/`))
    return { handle, socket: await this.#arrived.promise }
  }

  async reload({ handle }: BarePage): Promise<BarePage> {
    this.#arrived = Promise.withResolvers()
    await Effect.runPromise(handle.reload())
    return { handle, socket: await this.#arrived.promise }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** The page's answer; undefined where it is no number, which says why. */
const ask = ({ socket }: BarePage, what: string): Promise<number | undefined> =>
  new Promise(resolve => {
    socket.once('message', data => {
      const said = Number(String(data))
      resolve(Number.isNaN(said) ? undefined : said)
    })
    socket.send(what)
  })

const since = async (page: BarePage, what: string): Promise<number | undefined> => {
  const at = await ask(page, what)
  return at === undefined ? undefined : Date.now() - at
}

const times = async (count: number, take: () => Promise<number | undefined>): Promise<number | undefined> => {
  const taken: number[] = []
  for (let round = 0; round < count; round++) {
    const ms = await take()
    if (ms === undefined) return undefined
    taken.push(ms)
  }
  return sampleOf(taken).median
}

const must = (ms: number | undefined, what: string): number => {
  if (ms === undefined) throw new Error(`the bare page could not do this: ${what}`)
  return ms
}

export async function bareDeaths(browser: Browser, rounds: number): Promise<BareDeaths> {
  using host = await BareHost.start()
  let page = await host.open(browser)
  const laneIn = async (take: () => Promise<BarePage>) => {
    const start = performance.now()
    page = await take()
    return (await ask(page, 'lane wasm')) === undefined ? undefined : performance.now() - start
  }
  const close = async () => {
    const start = performance.now()
    const closed = new Promise(resolve => page.socket.once('close', resolve))
    void Effect.runPromise(page.handle.close())
    await closed
    return performance.now() - start
  }
  // The first of each fetches its engine and has it compiled: ours has done so by then.
  for (const backend of ['wasm', 'webgpu']) await ask(page, `lane ${backend}`)
  const wasmMs = must(await times(rounds, () => ask(page, 'lane wasm')), 'a session on WASM')
  const figures = {
    wasmMs,
    webgpuMs: await times(rounds, () => ask(page, 'lane webgpu')),
    dialMs: must(await times(rounds, () => ask(page, 'dial')), 'a socket'),
    throwMs: must(await times(rounds, () => since(page, 'throw')), 'a worker that throws'),
    loseMs: await times(rounds, () => since(page, 'lose')),
    reloadMs: must(await times(rounds, () => laneIn(() => host.reload(page))), 'a reload'),
  }
  const opens: number[] = []
  const closes = [await close()]
  for (let round = 0; round < rounds; round++) {
    opens.push(must(await laneIn(() => host.open(browser)), 'another page'))
    closes.push(await close())
  }
  return { ...figures, pageMs: sampleOf(opens).median, closeMs: sampleOf(closes).median }
}
