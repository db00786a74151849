// Messages of a socket to whole frames: chunks are gathered in one buffer of the frame's size, made when enough of them has
// come, and what has been taken is said to the other side, so that it goes on. It holds no more than `most` bytes of frames that are not whole yet.
// Knows neither socket nor messages; what a frame means is codec.ts'.

import { chunkBytes, creditFrame, mostFrameBytes, readFlowFrame, sharedBytes } from './flowFrames.ts'
import { FrameError } from './frameError.ts'

interface Gathered {
  readonly total: number
  /** What has come and was not copied yet, as it came. */
  readonly loose: Uint8Array[]
  bytes: Uint8Array<ArrayBuffer> | undefined
  filled: number
}

/**
 * So much of a frame must have come before there is a buffer for all of it: whoever announces and sends nothing would
 * have the other side make room for hundreds of times what it sent.
 */
const shareBeforeRoom = 1 / 8

export interface InboxOptions {
  /** Sends a credit to the other side. */
  readonly say: (frame: Uint8Array) => void
  /** The other side has taken so many of our bytes. */
  readonly granted: (bytes: number) => void
  /** Told of each copy into a frame's buffer, with its bytes. */
  readonly onCopy?: (bytes: number) => void
  /** A buffer of so many bytes; whatever is in it is written over before anybody sees it. */
  readonly room?: (bytes: number) => Uint8Array<ArrayBuffer>
}

/** Said in pieces of half of the smallest window: often enough that the other side never waits for it. */
const sayEvery = sharedBytes / 2

export class Inbox {
  readonly #options: InboxOptions
  readonly #gathering = new Map<number, Gathered>()
  #reserved = 0
  #most = 0
  #unsaid = 0

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** From now on frames in chunks are taken, of so many bytes together. Before, every frame must come whole. */
  admit(most: number): void {
    this.#most = Math.min(most, mostFrameBytes)
  }

  /** Nothing more comes: what is not whole never will be. */
  clear(): void {
    this.#gathering.clear()
    this.#most = 0
  }

  /**
   * Takes one message of the socket. Gives the frame that it is or makes whole: the message itself, or a buffer of its
   * own. Fails with FrameError; the socket is of no use then.
   */
  take(message: Uint8Array): Uint8Array | undefined {
    const frame = readFlowFrame(message)
    if (frame._tag === 'Credit') {
      this.#options.granted(frame.bytes)
      return undefined
    }
    this.#took(message.length)
    if (frame._tag === 'Whole') return message
    if (frame._tag === 'Cut') this.#drop(frame.number)
    else return this.#gather(frame)
    return undefined
  }

  #gather({
    number,
    total,
    bytes,
  }: {
    number: number
    total: number
    bytes: Uint8Array
  }): Uint8Array | undefined {
    const gathered = this.#gathering.get(number) ?? this.#begin(number, total)
    if (total !== gathered.total || bytes.length !== Math.min(chunkBytes, total - gathered.filled)) {
      throw new FrameError(
        'FlowInvalid',
        `a chunk of ${bytes.length} bytes for frame ${number} of ${total}, of which ${gathered.filled} had come`,
      )
    }
    gathered.loose.push(bytes)
    gathered.filled += bytes.length
    if (gathered.filled < total * shareBeforeRoom) return undefined
    const room = this.#copied(gathered)
    if (gathered.filled < total) return undefined
    this.#drop(number)
    return room
  }

  #copied(gathered: Gathered): Uint8Array<ArrayBuffer> {
    const { loose, filled, total } = gathered
    gathered.bytes ??= this.#room(total)
    let at = loose.reduce((left, { length }) => left - length, filled)
    for (const piece of loose.splice(0)) {
      gathered.bytes.set(piece, at)
      this.#options.onCopy?.(piece.length)
      at += piece.length
    }
    return gathered.bytes
  }

  #begin(number: number, total: number): Gathered {
    // It also keeps the number of frames under way small.
    if (total <= chunkBytes) {
      throw new FrameError('FlowInvalid', `a frame of ${total} bytes in chunks of ${chunkBytes}`)
    }
    if (total > this.#most) {
      throw new FrameError('FrameTooLarge', `${total} bytes in chunks, the limit is ${this.#most}`)
    }
    if (this.#reserved > 0 && this.#reserved + total > this.#most) {
      throw new FrameError(
        'FrameFlood',
        `${this.#reserved + total} bytes under way, the limit is ${this.#most}`,
      )
    }
    const gathered: Gathered = { total, loose: [], bytes: undefined, filled: 0 }
    this.#gathering.set(number, gathered)
    this.#reserved += total
    return gathered
  }

  #drop(number: number): void {
    const gathered = this.#gathering.get(number)
    if (gathered === undefined) throw new FrameError('FlowInvalid', `no frame ${number} is under way`)
    this.#gathering.delete(number)
    this.#reserved -= gathered.total
  }

  #took(bytes: number): void {
    this.#unsaid += bytes
    if (this.#unsaid < sayEvery) return
    this.#options.say(creditFrame(this.#unsaid))
    this.#unsaid = 0
  }

  /** It is paid for as it fills: a large buffer's pages come when they are written to. */
  #room(total: number): Uint8Array<ArrayBuffer> {
    try {
      return this.#options.room?.(total) ?? new Uint8Array(total)
    } catch (error) {
      throw new FrameError('FrameTooLarge', `there is no room for ${total} bytes: ${String(error)}`)
    }
  }
}
