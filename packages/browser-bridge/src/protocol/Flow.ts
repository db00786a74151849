// Both directions of one socket below its messages: what is sent waits for credit and goes in chunks, what comes is
// made whole again. The same code on both sides. Not the socket, and not what a frame means.

import { Inbox } from './Inbox.ts'
import { type FrameParts, Outbox, type Place } from './Outbox.ts'

export interface FlowOptions {
  /** Sends the parts, in order, as one message of the socket. */
  readonly write: (parts: FrameParts) => void
  /** Told of each copy that gathers a frame in chunks, with its bytes. */
  readonly onCopy?: (bytes: number) => void
  /** A buffer to gather a frame in, where there is a better one than an array of zeros. */
  readonly room?: (bytes: number) => Uint8Array<ArrayBuffer>
  /** The other side gives no credit for what must leave without: told at each message past `overdraftBytes`. */
  readonly overdrawn?: () => void
}

export class Flow {
  readonly #outbox: Outbox
  readonly #inbox: Inbox

  constructor({ write, onCopy, room, overdrawn }: FlowOptions) {
    this.#outbox = new Outbox(write, overdrawn)
    this.#inbox = new Inbox({
      // Credit itself costs none: it would have to be given back with credit.
      say: frame => write([frame]),
      granted: bytes => this.#outbox.grant(bytes),
      ...(onCopy === undefined ? {} : { onCopy }),
      ...(room === undefined ? {} : { room }),
    })
  }

  /**
   * The other side is known: frames in chunks are taken from it. The size is the most of one frame, and of all those
   * together that are half sent, in each direction.
   */
  admit(maxFrameBytes: number): void {
    this.#outbox.admit(maxFrameBytes)
    this.#inbox.admit(maxFrameBytes)
  }

  /** Frames that wait to be sent, or are half sent. */
  get waiting(): number {
    return this.#outbox.size
  }

  /** Sends at once, past all that waits: for what is small and keeps things going. */
  urgent(parts: FrameParts): void {
    this.#outbox.urgent(parts)
  }

  /** Sends when there is credit and its lane's turn comes; the parts must not change until then. */
  put(place: Place, parts: FrameParts, renew?: () => FrameParts): void {
    this.#outbox.put(place, parts, renew)
  }

  /** Takes a request's frame back: true where it has not left whole, and now never will. */
  withdraw(place: Place): boolean {
    return this.#outbox.withdraw(place)
  }

  /** Takes back whatever waits for a lane, or from it. */
  dropLane(lane: number): void {
    this.#outbox.dropLane(lane)
  }

  /** The socket is gone, and all that waited for it, or had come of a frame, with it. */
  end(): void {
    this.#outbox.clear()
    this.#inbox.clear()
  }

  /** Takes a message of the socket; gives the frame that it is or completes. Fails with FrameError. */
  take(message: Uint8Array): Uint8Array | undefined {
    return this.#inbox.take(message)
  }
}
