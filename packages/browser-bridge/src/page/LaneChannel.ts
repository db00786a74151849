// The wire between the link worker and one lane, typed: one end of a MessageChannel, and where the page is isolated two
// rings in memory that both have, for small messages. What is posted comes in order, whichever way it takes. Not the lane's
// life: the main thread starts and terminates its worker.

import type { Port } from './innerMessages.ts'
import type { Packing } from './laneEntries.ts'
import { Ring, ringBytes } from './Ring.ts'

/** Messages of a ring that are given on in one turn of the event loop; others wait there too. */
const atOnce = 64

const isolated = (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated === true

/**
 * Firefox sends what goes through a port by way of its parent process, 10 ns a byte, except for messages that hold
 * shared memory: those stay in the process and move their buffers. So there each message carries a byte of it.
 */
const anchor = navigator.userAgent.includes('Firefox/') && isolated ? new SharedArrayBuffer(1) : undefined

interface Envelope<M> {
  readonly message: M
  /** Counts what was posted, by either way. */
  readonly number: number
  readonly anchor: SharedArrayBuffer | undefined
  /** Of the rings, with the first message of the end that made them. */
  readonly memory: SharedArrayBuffer | undefined
}

interface Rings {
  readonly memory: SharedArrayBuffer
  readonly out: Ring
  readonly in: Ring
}

export interface ChannelOptions<In> {
  readonly receive: (message: In) => void
  /** Something that came cannot be read, and what is missing is missed for ever: nothing more is given on. */
  readonly broke: (reason: string) => void
  /** With it this end makes the rings; the other one gets them with its first message, and posts none before. */
  readonly memory?: SharedArrayBuffer | undefined
}

interface Ears {
  readonly onmessage: ((event: { readonly data: unknown }) => void) | null
  readonly onmessageerror: (() => void) | null
}

/** Node, where some of this page's code is tested, types none of these. */
function hear(port: Port, ears: Ears): void {
  Object.assign(port, ears)
}

/** Memory for the rings of one channel, where a page may share memory and wait for it. */
export function ringMemory(): SharedArrayBuffer | undefined {
  return isolated && 'waitAsync' in Atomics ? new SharedArrayBuffer(2 * ringBytes) : undefined
}

export class LaneChannel<Out, In> {
  readonly #port: Port
  readonly #packing: Packing<Out, In>
  readonly #receive: (message: In) => void
  readonly #broke: (reason: string) => void
  #rings: Rings | undefined
  #posted = 0
  #taken = 0
  /** By number: what came through the port before something in the ring that was posted earlier. */
  readonly #early = new Map<number, In>()
  /** It hears nothing more: it is closed, or broke. */
  #deaf = false

  constructor(port: Port, packing: Packing<Out, In>, { receive, broke, memory }: ChannelOptions<In>) {
    this.#port = port
    this.#packing = packing
    this.#receive = receive
    this.#broke = broke
    if (memory !== undefined) this.#share(memory, 0, ringBytes)
    hear(port, {
      onmessage: event => this.#came(event.data as Envelope<In>),
      onmessageerror: () => this.#break('a message could not be read'),
    })
  }

  /**
   * Count buffers in `transfer` as gone: they are, but where a ring took a copy. Throws what `postMessage` throws; then
   * nothing was posted, and the next message is.
   */
  post(message: Out, transfer: readonly ArrayBuffer[] = []): void {
    const number = this.#posted
    // The first one brings the rings.
    const packed = number === 0 ? undefined : this.#rings && this.#packing.pack(message)
    if (packed === undefined || this.#rings?.out.put({ number, ...packed }, packed.parts) !== true) {
      const memory = number === 0 ? this.#rings?.memory : undefined
      this.#port.postMessage({ message, number, anchor, memory } satisfies Envelope<Out>, [...transfer])
    }
    // Not before: the other end would wait for ever for the number of one that could not be posted.
    this.#posted = (number + 1) >>> 0
  }

  close(): void {
    this.#stopHearing()
    this.#port.close()
  }

  #stopHearing(): void {
    this.#deaf = true
    this.#early.clear()
    this.#rings?.in.close()
    hear(this.#port, { onmessage: null, onmessageerror: null })
  }

  /** Posts still: the other end is told. */
  #break(reason: string): void {
    if (this.#deaf) return
    this.#stopHearing()
    this.#broke(`the channel between its worker and the link's broke: ${reason}`)
  }

  #share(memory: SharedArrayBuffer, out: number, into: number): void {
    const rings = { memory, out: new Ring(memory, out), in: new Ring(memory, into) }
    this.#rings = rings
    rings.in.listen(() => this.#drain()).catch((error: unknown) => this.#break(String(error)))
  }

  #came({ message, number, memory }: Envelope<In>): void {
    if (memory !== undefined && this.#rings === undefined) this.#share(memory, ringBytes, 0)
    this.#early.set(number, message)
    if (this.#drain()) this.#rings?.in.rouse()
  }

  /** Gives on what is due, in order; true where more is due than may be at once. */
  #drain(): boolean {
    for (let count = 0; count < atOnce; count++) {
      if (this.#deaf) return false
      let message: In | undefined
      try {
        message = this.#next()
      } catch (error) {
        this.#break(String(error))
        return false
      }
      if (message === undefined) return false
      this.#taken = (this.#taken + 1) >>> 0
      try {
        this.#receive(message)
      } catch (error) {
        // As from a port's event: it is the worker's error, and what comes next comes all the same.
        queueMicrotask(() => {
          throw error
        })
      }
    }
    return true
  }

  #next(): In | undefined {
    const early = this.#early.get(this.#taken)
    if (early !== undefined) {
      this.#early.delete(this.#taken)
      return early
    }
    const ring = this.#rings?.in
    return ring?.next === this.#taken ? this.#packing.unpack(ring.take()) : undefined
  }
}
