// One socket to one page: frames out, checked messages in. Not requests and not liveness: it neither knows what
// answers what nor how long is too long.

import type { Duplex } from 'node:stream'
import { joinChunks } from '@shoal/tensor'
import type { WebSocket } from 'ws'
import { decodePageFrame, encodeFrame } from '../../protocol/codec.ts'
import { Flow } from '../../protocol/Flow.ts'
import { headBytes } from '../../protocol/flowFrames.ts'
import { FrameError, type FrameErrorCode, printable } from '../../protocol/frameError.ts'
import {
  defaultLimits,
  type HostMessage,
  type Limits,
  type PageMessage,
  type Run,
} from '../../protocol/messages.ts'
import { type FrameParts, sizeOf } from '../../protocol/Outbox.ts'
import { warnOf } from '../warnOf.ts'
import { messageHead } from './messageHead.ts'

export interface LinkEnd {
  /** The WebSocket close code; 1006 where the socket just went away. 1001 is what a killed browser says too. */
  readonly code: number
  readonly detail: string
  /** What the page did that it was shut out for. */
  readonly fault?: FrameErrorCode
}

/** 'closed': nobody answers over this socket any more. */
export type PingAnswer = 'answered' | 'closed'

/** What has gone over the socket since it opened. */
export interface LinkTraffic {
  framesIn: number
  framesOut: number
  bytesIn: number
  bytesOut: number
  /** Of what arrived: chunks that were gathered into their frame, and tensors of whole frames that lay misaligned. */
  copies: number
  copiedBytes: number
}

const closeLimitMs = 1_000

/** Below this many bytes one joined buffer is cheaper than a write for each part. */
const joinBelow = 16 * 1024

/** Credits and cuts that a page may send beyond one for each message that it was sent. */
export const unpromptedFrames = 256

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
  /** What its socket closes for. */
  #fault: string | undefined
  #faultCode: FrameErrorCode | undefined
  #corked = false
  /** Credits and cuts that have come. */
  #bare = 0
  readonly #flow: Flow
  readonly #onCopy = (bytes: number): void => {
    this.traffic.copies += 1
    this.traffic.copiedBytes += bytes
  }

  /** `stream` is the TCP stream under `socket`, as the upgrade gave it: writing is coalesced on it. */
  constructor(socket: WebSocket, stream: Duplex, limits: Limits = defaultLimits) {
    this.#socket = socket
    this.#stream = stream
    this.#limits = limits
    this.#flow = new Flow({
      write: parts => this.#write(parts),
      onCopy: this.#onCopy,
      room: unwritten,
      overdrawn: () => this.#overdrawn(),
    })
    this.closed = new Promise(resolve => {
      socket.once('close', (code, reason) => {
        this.#flow.end()
        const said = printable(reason.toString().slice(0, 200))
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
   * Sends without copying the tensors: they must not change until they are written. Work for a lane waits for the page
   * to take what was sent before, and large frames go in chunks; everything else leaves at once. Throws FrameError
   * where the message is beyond the limits; a message for a closed socket is dropped, as `closed` says.
   */
  send(message: HostMessage): void {
    const parts = encodeFrame(message, this.#limits)
    if (!this.isOpen) return
    if (message.t === 'run') {
      const since = performance.now()
      this.#flow.put(message, parts, () => this.#later(message, performance.now() - since, parts))
    } else if (message.t === 'load' || message.t === 'unload') {
      this.#flow.put(message, parts)
    } else {
      if (message.t === 'laneClose') this.#flow.dropLane(message.lane)
      this.#flow.urgent(parts)
      // From here on it is somebody.
      if (message.t === 'welcome') this.#flow.admit(this.#limits.maxFrameBytes)
    }
  }

  /** Takes back a request that has not been sent whole: true where it had not, and now never will be. */
  withdraw(lane: number, id: number): boolean {
    return this.#flow.withdraw({ lane, id })
  }

  /** The same run as it is to be sent now, with what is left of its deadline. */
  #later(run: Run, waitedMs: number, asItWas: FrameParts): FrameParts {
    try {
      return encodeFrame({ ...run, deadlineMs: Math.max(0, run.deadlineMs - waitedMs) }, this.#limits)
    } catch {
      // Its caller has changed it meanwhile. What was asked for is what was sound.
      return asItWas
    }
  }

  #write(parts: FrameParts): void {
    if (!this.isOpen) return
    this.#cork()
    const bytes = sizeOf(parts)
    this.traffic.framesOut += 1
    this.traffic.bytesOut += bytes
    const [only] = parts
    if (parts.length === 1 && only !== undefined) {
      this.#socket.send(only, binary)
    } else if (bytes < joinBelow) {
      this.#socket.send(joinChunks(parts), binary)
    } else {
      // The socket writes each of its own frames at once, uncompressed: this comes between two of them.
      this.#stream.write(messageHead(bytes))
      for (const part of parts) this.#stream.write(part)
    }
  }

  /**
   * Asks the other end's socket, not its page: an answer proves no more than that the connection is not half-open. One
   * that is half-open gives none until it is closed.
   */
  ping(): Promise<PingAnswer> {
    if (!this.isOpen) return Promise.resolve('closed')
    return new Promise(resolve => {
      const answered = () => resolve('answered')
      this.#socket.once('pong', answered)
      this.#socket.ping()
      void this.closed.then(() => {
        this.#socket.off('pong', answered)
        resolve('closed')
      })
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
    // Its socket closes; what it says until then counts for nothing.
    if (this.#fault !== undefined) return
    this.traffic.framesIn += 1
    this.traffic.bytesIn += data.length
    let message: PageMessage
    try {
      if (!isBinary) throw new FrameError('HeaderMalformed', 'a text message')
      const frame = this.#flow.take(data)
      if (frame === undefined) {
        if (data.length === headBytes) this.#tookBare()
        return
      }
      message = decodePageFrame(frame, { limits: this.#limits, onCopy: this.#onCopy })
    } catch (error) {
      this.refuse(error)
      return
    }
    try {
      this.#receive(message)
    } catch (error) {
      // Thrown on, it would end the host with everybody's connections; this one cannot be sure of anything any more.
      warnOf('What was to take a page’s message threw, and its socket is closed', error)
      this.#fault ??= 'the host failed at a message'
      this.close(1011, 'the host failed at a message')
    }
  }

  /**
   * A page has reason for one credit for half a mebibyte of ours, which is two messages at least, and for one cut for each
   * request that we take back or lane that we close: never for more than it was sent.
   */
  #tookBare(): void {
    this.#bare += 1
    if (this.#bare <= this.traffic.framesOut + unpromptedFrames) return
    throw new FrameError(
      'FrameFlood',
      `${this.#bare} credits and cuts where ${this.traffic.framesOut} messages had gone out`,
    )
  }

  /** It says enough to be alive and takes nothing: what must be said to it all the same may not grow for ever. */
  #overdrawn(): void {
    if (this.#fault !== undefined) return
    this.refuse(new FrameError('FrameFlood', 'it has taken nothing of what it was sent for too long'))
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

/** Node writes zeros to a large array first: that takes as long as all that is gathered in it. Its buffer is its own. */
function unwritten(bytes: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(bytes)
  return new Uint8Array(buffer, byteOffset, bytes)
}
