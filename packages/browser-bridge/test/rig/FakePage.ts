// A page made of a bare WebSocket: says what a test wants said, and keeps what the host said. No browser, no engine.
import { joinChunks } from '@shoal/tensor'
import { WebSocket } from 'ws'
import { decodeHostFrame, encodeFrame } from '../../src/protocol/codec.ts'
import { Flow } from '../../src/protocol/Flow.ts'
import { chunkBytes } from '../../src/protocol/flowFrames.ts'
import {
  defaultLimits,
  type Hello,
  type HostMessage,
  type PageMessage,
  protocolVersion,
} from '../../src/protocol/messages.ts'
import { until } from './Rig.ts'

/** What an upgrade request says. */
export interface UpgradeRequest {
  readonly path?: string
  readonly origin?: string | undefined
  readonly host?: string
}

type Of<T extends HostMessage['t']> = Extract<HostMessage, { t: T }>

export const hello = (token: string, build: string, more: Partial<Hello> = {}): Hello => ({
  t: 'hello',
  protocol: protocolVersion,
  build,
  token,
  browser: { name: 'fake', version: '1.0', userAgent: 'fake/1.0' },
  capabilities: {
    isolated: true,
    cores: 2,
    threads: 2,
    wasm: { simd: true, threads: true },
    webnn: { cpu: false, gpu: false, npu: false },
    reasons: {},
  },
  ...more,
})

export const tokenOf = (url: string): string =>
  new URLSearchParams(new URL(url).hash.slice(1)).get('token') ?? ''

/** The token of a join address. */
export const joinTokenOf = (url: string): string =>
  new URLSearchParams(new URL(url).hash.slice(1)).get('join') ?? ''

export class FakePage {
  readonly heard: HostMessage[] = []
  /** Told of each message when it is heard. */
  onHear: (message: HostMessage) => void = () => {}
  readonly socket: WebSocket
  /** The close code, or the HTTP status with which the upgrade was refused. */
  readonly closed: Promise<number>
  readonly #flow = new Flow({ write: parts => this.socket.send(joinChunks(parts)) })

  constructor(origin: string, request: UpgradeRequest = {}) {
    const { path = '/link', host } = request
    const own = 'origin' in request ? request.origin : origin
    this.socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, {
      headers: { ...(own === undefined ? {} : { origin: own }), ...(host === undefined ? {} : { host }) },
      perMessageDeflate: true,
      // Of a certificate that a test has made.
      rejectUnauthorized: false,
    })
    this.closed = new Promise(resolve => {
      this.socket.on('close', resolve)
      this.socket.on('unexpected-response', (_sent, response) => {
        resolve(response.statusCode ?? 0)
        this.socket.terminate()
      })
    })
    this.socket.on('error', () => {})
    this.#flow.admit(defaultLimits.maxFrameBytes)
    this.socket.on('message', data => {
      const frame = this.#flow.take(data as Buffer)
      if (frame === undefined) return
      const message = decodeHostFrame(frame)
      this.heard.push(message)
      this.onHear(message)
    })
  }

  async open(): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN)
    return this
  }

  say(message: PageMessage): void {
    const frame = joinChunks(encodeFrame(message))
    if (frame.length > chunkBytes) this.#flow.put({ lane: 0 }, [frame])
    else this.socket.send(frame)
  }

  /** Waits for the host to say `t` for the `nth` time. */
  hears<T extends HostMessage['t']>(t: T, nth = 1): Promise<Of<T>> {
    return until(() => this.heard.filter((message): message is Of<T> => message.t === t)[nth - 1])
  }
}
