// A page that has dialled the test host: sends it messages and waits for its answers by id or lane. Every wait ends
// with the socket, and with a page that no longer even beats: such a page will not answer the next test either.

import type { WebSocket } from 'ws'
import { encodeFrame } from '../../src/protocol/codec.ts'
import type { Flow } from '../../src/protocol/Flow.ts'
import type {
  Backend,
  Hello,
  HostMessage,
  LaneFailed,
  LaneOpened,
  Load,
  Loaded,
  ModelManifest,
  PageMessage,
  Result,
  Run,
} from '../../src/protocol/messages.ts'
import { fromWireError } from '../../src/protocol/wireErrors.ts'

interface Waiter {
  /** Whether it was what it waited for. */
  readonly take: (message: PageMessage) => boolean
  readonly fail: (error: Error) => void
}

/** A page's link beats at least once a second, whatever its lanes do. */
const silentMs = 15_000

/** Between the host's end of a flow and its socket: credit for the page is kept here while there is a list for it. */
export interface CreditGate {
  held: Uint8Array[] | undefined
}

export class TestPage {
  readonly socket: WebSocket
  readonly hello: Hello
  /** Everything that came after hello, but for results' tensors. */
  readonly log: PageMessage[] = []
  readonly #flow: Flow
  readonly #waiters = new Set<Waiter>()
  #nextId = 1
  #lost: Error | undefined
  #silence: NodeJS.Timeout | undefined

  readonly #gate: CreditGate

  constructor(socket: WebSocket, hello: Hello, flow: Flow, gate: CreditGate = { held: undefined }) {
    this.socket = socket
    this.#flow = flow
    this.#gate = gate
    this.hello = hello
    socket.once('close', code => this.#lose(new Error(`the page's socket closed (${code})`)))
    this.#listen()
  }

  receive(message: PageMessage): void {
    this.log.push(message)
    this.#listen()
    for (const waiter of this.#waiters) if (waiter.take(message)) this.#waiters.delete(waiter)
  }

  send(message: HostMessage): void {
    this.#flow.put({ lane: 'lane' in message ? message.lane : 0 }, encodeFrame(message))
  }

  /** From here on the page may send no more than it has credit for, until the credit is given back. */
  holdCredit(): () => void {
    const held: Uint8Array[] = []
    this.#gate.held = held
    return () => {
      this.#gate.held = undefined
      for (const credit of held) this.socket.send(credit)
    }
  }

  /** The next message that `take` makes something of. */
  next<T>(take: (message: PageMessage) => T | undefined): Promise<T> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    return new Promise((resolve, fail) => {
      this.#waiters.add({
        fail,
        take: message => {
          const taken = take(message)
          if (taken === undefined) return false
          resolve(taken)
          return true
        },
      })
    })
  }

  async openLane(lane: number, backend: Backend, threads = 1): Promise<LaneOpened> {
    const answer = this.next<LaneOpened | LaneFailed>(message =>
      (message.t === 'laneOpened' || message.t === 'laneFailed') && message.lane === lane
        ? message
        : undefined,
    )
    this.send({ t: 'laneOpen', lane, backend, threads })
    const message = await answer
    if (message.t === 'laneFailed') throw fromWireError(message.error)
    return message
  }

  async load(lane: number, model: ModelManifest, keepFiles = false): Promise<Loaded> {
    const load: Load = { t: 'load', id: this.#nextId++, lane, model, keepFiles }
    const answer = this.#answer(load.id, 'loaded')
    this.send(load)
    return (await answer) as Loaded
  }

  async unload(lane: number, model: string): Promise<void> {
    const id = this.#nextId++
    const answer = this.#answer(id, 'unloaded')
    this.send({ t: 'unload', id, lane, model })
    await answer
  }

  async run(run: Omit<Run, 't' | 'id' | 'deadlineMs'> & { deadlineMs?: number }): Promise<Result> {
    return await this.start(run).result
  }

  start(run: Omit<Run, 't' | 'id' | 'deadlineMs'> & { deadlineMs?: number }): {
    id: number
    result: Promise<Result>
  } {
    const id = this.#nextId++
    const result = this.#answer(id, 'result').then(message => message as Result)
    this.send({ deadlineMs: 60_000, ...run, t: 'run', id })
    return { id, result }
  }

  #listen(): void {
    clearTimeout(this.#silence)
    if (this.#lost !== undefined) return
    this.#silence = setTimeout(
      () => this.#lose(new Error(`the page has said nothing for ${silentMs} ms`)),
      silentMs,
    )
    this.#silence.unref()
  }

  #lose(error: Error): void {
    clearTimeout(this.#silence)
    this.#lost ??= error
    for (const { fail } of this.#waiters) fail(error)
    this.#waiters.clear()
  }

  async #answer(id: number, wanted: PageMessage['t']): Promise<PageMessage> {
    const message = await this.next(message =>
      'id' in message && message.id === id && (message.t === wanted || message.t === 'failed')
        ? message
        : undefined,
    )
    if (message.t === 'failed') throw fromWireError(message.error)
    return message
  }
}
