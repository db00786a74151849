// One socket to one page: frames out, checked messages in. Not requests and not liveness: it neither knows what
// answers what nor how long is too long.

import type { Duplex } from 'node:stream'
import { joinChunks } from '@shoal/tensor'
import type { WebSocket } from 'ws'
import { decodePageFrame, encodeFrame } from '../../protocol/codec.ts'
import { FrameError, type FrameErrorCode } from '../../protocol/frameError.ts'
import { defaultLimits, type HostMessage, type Limits, type PageMessage } from '../../protocol/messages.ts'

export interface LinkEnd {
  /** The WebSocket close code; 1006 where the socket just went away. 1001 is what a killed browser says too. */
  readonly code: number
  readonly detail: string
  /** What the page did that it was shut out for. */
  readonly fault?: FrameErrorCode
}

/** What has gone over the socket since it opened. */
export interface LinkTraffic {
  framesIn: number
  framesOut: number
  bytesIn: number
  bytesOut: number
  /** Tensors that arrived misaligned and were copied once. */
  copies: number
  copiedBytes: number
}

const closeLimitMs = 1_000

/** Below this many bytes one joined buffer is cheaper than a fragment for each chunk. */
const joinBelow = 64 * 1024

export class Link {
  readonly traffic: LinkTraffic = {
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    copies: 0,
    copiedBytes: 0,
  }
  readonly closed: Promise<LinkEnd>
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #limits: Limits
  #receive: (message: PageMessage) => void = () => {}
  #fault: string | undefined
  #faultCode: FrameErrorCode | undefined
  #corked = false

  /** `stream` is the TCP stream under `socket`, as the upgrade gave it: writing is coalesced on it. */
  constructor(socket: WebSocket, stream: Duplex, limits: Limits = defaultLimits) {
    this.#socket = socket
    this.#stream = stream
    this.#limits = limits
    this.closed = new Promise(resolve => {
      socket.once('close', (code, reason) => {
        const said = reason.toString().slice(0, 200)
        const detail = this.#fault ?? (said === '' ? `socket closed (${code})` : said)
        resolve({ code, detail, ...(this.#faultCode === undefined ? {} : { fault: this.#faultCode }) })
      })
    })
    // ws reports a protocol fault here and closes by itself; unheard it would be an uncaught exception.
    socket.on('error', (error: Error & { readonly code?: string }) => {
      this.#fault ??= error.message
      this.#faultCode ??= faultOfSocket(error.code)
    })
    socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary))
  }

  /** Who hears the page's messages; one listener at a time. */
  onMessage(receive: (message: PageMessage) => void): void {
    this.#receive = receive
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /**
   * Sends without copying the tensors: they must not change until they are written. Everything that is sent in one
   * turn of the event loop leaves in one write. Throws FrameError where the message is beyond the limits; a message
   * for a closed socket is dropped, as `closed` says.
   */
  send(message: HostMessage): void {
    const chunks = encodeFrame(message, this.#limits)
    if (!this.isOpen) return
    this.#cork()
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.length
    this.traffic.framesOut += 1
    this.traffic.bytesOut += bytes
    if (chunks.length === 1 || bytes < joinBelow) {
      this.#socket.send(chunks.length === 1 ? (chunks[0] ?? new Uint8Array(0)) : joinChunks(chunks), binary)
      return
    }
    chunks.forEach((chunk, at) => {
      this.#socket.send(chunk, { binary: true, fin: at === chunks.length - 1 })
    })
  }

  /** Asks the other end's socket, not its page: an answer proves no more than that the connection is not half-open. */
  ping(): Promise<void> {
    return new Promise(resolve => {
      this.#socket.once('pong', () => resolve())
      if (this.isOpen) this.#socket.ping()
    })
  }

  /** Closes politely, and soon without: a page that hangs never says goodbye. */
  close(code = 1000, reason = ''): void {
    this.#socket.close(code, reason.slice(0, 120))
    const impatient = setTimeout(() => this.#socket.terminate(), closeLimitMs)
    void this.closed.then(() => clearTimeout(impatient))
  }

  /** Cuts the socket without a word. */
  terminate(): void {
    this.#socket.terminate()
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#stream.cork()
    process.nextTick(() => {
      this.#corked = false
      this.#stream.uncork()
    })
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.traffic.framesIn += 1
    this.traffic.bytesIn += data.length
    let message: PageMessage
    try {
      if (!isBinary) throw new FrameError('HeaderMalformed', 'a text message')
      message = decodePageFrame(data, {
        limits: this.#limits,
        onCopy: bytes => {
          this.traffic.copies += 1
          this.traffic.copiedBytes += bytes
        },
      })
    } catch (error) {
      this.refuse(error)
      return
    }
    this.#receive(message)
  }

  /** Tells the page what was wrong with its frame, and closes: after a bad frame nothing it says can be placed. */
  refuse(error: unknown): void {
    const code = error instanceof FrameError ? error.code : 'HeaderMalformed'
    this.#faultCode ??= code
    this.#fault ??= `frame refused: ${error instanceof Error ? error.message : String(error)}`
    this.send({
      t: 'refused',
      code: 'FrameRefused',
      message: this.#fault.slice(0, 500),
      advice: 'Reload the page; if it happens again, host and page disagree about the protocol.',
    })
    this.close(closeCodes[code] ?? 1002, code)
  }
}

/** Of RFC 6455: 1009 too big, 1008 against the rules that hold here; all else is no frame of this protocol, 1002. */
const closeCodes: Readonly<Partial<Record<FrameErrorCode, number>>> = {
  FrameTooLarge: 1009,
  HeaderTooLarge: 1009,
  AnswerUnasked: 1008,
  AnswerRepeated: 1008,
  AnswerBeyondAgreed: 1008,
  FrameFlood: 1008,
}

/** ws closes by itself where a frame breaks the WebSocket protocol or is over the limit. */
const faultOfSocket = (code: string | undefined): FrameErrorCode | undefined => {
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'FrameTooLarge'
  return code?.startsWith('WS_ERR_') === true ? 'HeaderMalformed' : undefined
}

const binary = { binary: true }
