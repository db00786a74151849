// One socket to the host, with what waits for it: frames out as there is credit, whole frames in. Not the connection,
// which has one socket after the other (LinkClient.ts).

import { joinChunks } from '@shoal/tensor'
import { Flow } from '../protocol/Flow.ts'
import { chunkBytes, headBytes } from '../protocol/flowFrames.ts'
import { type FrameParts, type Place, sizeOf } from '../protocol/Outbox.ts'

export interface WireEvents {
  readonly opened: () => void
  readonly came: (message: ArrayBuffer) => void
  readonly closed: (code: number) => void
}

export class Wire {
  readonly #socket: WebSocket
  readonly #flow = new Flow({ write: parts => this.#write(parts) })
  /** A chunk with its head: a socket takes one buffer, and copies it before it returns. */
  readonly #scratch = new Uint8Array(headBytes + chunkBytes)

  constructor(url: string, { opened, came, closed }: WireEvents) {
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = opened
    // A text message is none of the host's.
    socket.onmessage = (event: { readonly data: unknown }) => {
      if (event.data instanceof ArrayBuffer) came(event.data)
    }
    socket.onclose = ({ code }) => {
      this.#flow.end()
      closed(code)
    }
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  /** The host has said how large a frame may be. */
  admit(maxFrameBytes: number): void {
    this.#flow.admit(maxFrameBytes)
  }

  /** With a place it keeps its lane's order and waits for its turn, else it leaves at once. */
  send(parts: FrameParts, place?: Place): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (place === undefined) this.#flow.urgent(parts)
    else this.#flow.put(place, parts)
  }

  /** Takes an answer back: true where it had not left whole, and now never will. */
  withdraw(place: Place): boolean {
    return this.#flow.withdraw(place)
  }

  dropLane(lane: number): void {
    this.#flow.dropLane(lane)
  }

  /** The frame that a message is or makes whole, over a buffer of its own. Fails with FrameError. */
  take(message: ArrayBuffer): Uint8Array<ArrayBuffer> | undefined {
    return this.#flow.take(new Uint8Array(message)) as Uint8Array<ArrayBuffer> | undefined
  }

  #write(parts: FrameParts): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    const [only] = parts
    if (parts.length === 1 && only !== undefined) {
      this.#socket.send(only as Uint8Array<ArrayBuffer>)
      return
    }
    this.#socket.send(this.#joined(parts))
  }

  #joined(parts: FrameParts): Uint8Array<ArrayBuffer> {
    if (sizeOf(parts) > this.#scratch.length) return joinChunks(parts)
    let at = 0
    for (const part of parts) {
      this.#scratch.set(part, at)
      at += part.length
    }
    return this.#scratch.subarray(0, at)
  }
}
