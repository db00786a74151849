// The wire between a page and its host, in the test's hands: a TCP relay that can be cut, or fall silent without a word
// to either end. It rewrites the host's port in the heads that pass, so that page and host know each other by one name.

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

interface Strand {
  readonly page: Socket
  readonly host: Socket
  /** A connection is HTTP's until its host lets it become a WebSocket. */
  carries: 'http' | 'socket' | 'nothing'
}

export class Wire implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #strands = new Set<Strand>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  /** @param hostPort where the host listens on this machine */
  static async to(hostPort: number): Promise<Wire> {
    const server = createServer()
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const wire = new Wire(server)
    server.on('connection', page => wire.#join(page, hostPort))
    return wire
  }

  /** Every connection goes, at once, at both ends. New ones are let through. */
  cut(): void {
    for (const { page, host } of this.#strands) {
      page.resetAndDestroy()
      host.resetAndDestroy()
    }
  }

  /**
   * Each WebSocket of now stays connected and carries nothing any more, either way. New ones are let through, and so is
   * HTTP: a request that went out on a muted connection kept alive would wait for ever.
   */
  mute(): void {
    for (const strand of this.#strands) if (strand.carries === 'socket') strand.carries = 'nothing'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise(done => this.#server.close(done))
  }

  #join(page: Socket, hostPort: number): void {
    const host = connect(hostPort, '127.0.0.1')
    const strand: Strand = { page, host, carries: 'http' }
    this.#strands.add(strand)
    const own = `127.0.0.1:${this.port}`
    const theirs = `127.0.0.1:${hostPort}`
    const relay = (from: Socket, to: Socket, name: string, other: string) => {
      from.on('data', chunk => {
        if (strand.carries === 'nothing') return
        if (from === host && isUpgrade(chunk)) strand.carries = 'socket'
        if (!to.write(renamed(chunk, name, other))) from.pause()
      })
      to.on('drain', () => from.resume())
      from.on('error', () => {})
      from.on('close', () => {
        this.#strands.delete(strand)
        if (strand.carries !== 'nothing') to.destroy()
      })
    }
    relay(page, host, own, theirs)
    relay(host, page, theirs, own)
    page.setNoDelay(true)
    host.setNoDelay(true)
  }
}

/** The host's answer to a request to become a WebSocket, at the beginning of a chunk as every head is here. */
const isUpgrade = (chunk: Buffer): boolean => chunk.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101'

/** A head of HTTP begins a chunk: nobody here sends two at once. */
function renamed(chunk: Buffer, name: string, other: string): Buffer {
  const start = chunk.subarray(0, 8).toString('latin1')
  if (!start.startsWith('GET ') && !start.startsWith('HEAD ') && !start.startsWith('HTTP/1.1')) return chunk
  const end = chunk.indexOf('\r\n\r\n')
  if (end < 0) return chunk
  const head = chunk.subarray(0, end).toString('latin1').replaceAll(name, other)
  return Buffer.concat([Buffer.from(head, 'latin1'), chunk.subarray(end)])
}
