// Small messages from one worker to another through memory that both have: one writes, one reads, each message once and
// in order. What does not fit goes another way (LaneChannel.ts), which is why each has a number.

/** Of a message's bytes. A larger one is moved through a port in less time than it is copied twice. */
export const mostRingBytes = 80 * 1024
/** A power of two: positions count on for ever, as int32. */
const roomBytes = 512 * 1024
/** Where the two counters stand: of all bytes ever written, and ever read; both as int32, which turns over. */
const [written, read] = [0, 1]
const countersBytes = 64
/** Number, kind, id, length of the bytes: u32 each. */
const headBytes = 16

/** What one ring takes. */
export const ringBytes = countersBytes + roomBytes

export interface RingEntry {
  readonly number: number
  readonly kind: number
  readonly id: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

const padded = (length: number) => Math.ceil(length / 4) * 4

export class Ring {
  readonly #counters: Int32Array<SharedArrayBuffer>
  readonly #words: Uint32Array<SharedArrayBuffer>
  readonly #bytes: Uint8Array<SharedArrayBuffer>
  #closed = false

  /** `memory` is zeros at first, and both sides name the same `offset`. */
  constructor(memory: SharedArrayBuffer, offset: number) {
    this.#counters = new Int32Array(memory, offset, 2)
    this.#words = new Uint32Array(memory, offset + countersBytes, roomBytes / 4)
    this.#bytes = new Uint8Array(memory, offset + countersBytes, roomBytes)
  }

  /**
   * Writes one message, its parts copied together, and wakes the reader. False where there is no room for it now, and where
   * it is over `mostRingBytes`: that one never has room.
   */
  put({ number, kind, id }: Omit<RingEntry, 'bytes'>, parts: readonly Uint8Array[]): boolean {
    let length = 0
    for (const part of parts) length += part.length
    const start = Atomics.load(this.#counters, written)
    const used = (start - Atomics.load(this.#counters, read)) | 0
    const size = headBytes + padded(length)
    if (length > mostRingBytes || size > roomBytes - used) return false
    this.#write(start, [number, kind, id, length])
    let at = start + headBytes
    for (const part of parts) {
      const from = at & (roomBytes - 1)
      const first = part.subarray(0, roomBytes - from)
      this.#bytes.set(first, from)
      if (first.length < part.length) this.#bytes.set(part.subarray(first.length), 0)
      at += part.length
    }
    Atomics.store(this.#counters, written, (start + size) | 0)
    this.rouse()
    return true
  }

  /** The number of the next message, where there is one. */
  get next(): number | undefined {
    const at = Atomics.load(this.#counters, read)
    return at === Atomics.load(this.#counters, written) ? undefined : this.#word(at, 0)
  }

  /** Takes the next message; only where there is one. Its bytes are a copy. */
  take(): RingEntry {
    const at = Atomics.load(this.#counters, read)
    const [number, kind, id, length] = [
      this.#word(at, 0),
      this.#word(at, 1),
      this.#word(at, 2),
      this.#word(at, 3),
    ]
    const bytes = new Uint8Array(length)
    const from = (at + headBytes) & (roomBytes - 1)
    const first = this.#bytes.subarray(from, Math.min(from + length, roomBytes))
    bytes.set(first)
    if (first.length < length) bytes.set(this.#bytes.subarray(0, length - first.length), first.length)
    Atomics.store(this.#counters, read, (at + headBytes + padded(length)) | 0)
    return { number, kind, id, bytes }
  }

  /**
   * Calls `look` at once, and again after what was written since it began, until the ring is closed here: once for
   * several writes, and now and then for none. `look` says whether it has left what it could have taken: then it is called
   * again, after whatever else waits. Rejects with what `look` throws.
   */
  async listen(look: () => boolean): Promise<void> {
    while (!this.#closed) {
      const before = Atomics.load(this.#counters, written)
      const more = look()
      const now = Atomics.load(this.#counters, written)
      const change = Atomics.waitAsync(this.#counters, written, now)
      // Also where it was closed: what waits for ever keeps the memory.
      if (more || now !== before || this.#closed) this.rouse()
      if (change.async) await change.value
    }
  }

  /** The reader's end: once the writer is gone it would wait for ever, and keep the memory. */
  close(): void {
    this.#closed = true
    this.rouse()
  }

  /** Has the reader look again. */
  rouse(): void {
    Atomics.notify(this.#counters, written)
  }

  #write(position: number, words: readonly number[]): void {
    words.forEach((word, at) => {
      this.#words[((position + 4 * at) & (roomBytes - 1)) / 4] = word
    })
  }

  #word(position: number, at: number): number {
    return this.#words[((position + 4 * at) & (roomBytes - 1)) / 4] ?? 0
  }
}
