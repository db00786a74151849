// What one side has yet to send: frames wait here for the other side's credit, not in the socket's own buffer, which
// has no bound. Large ones leave in chunks, the lanes in turn, so that nobody waits for more than what is on its way
// already. Knows neither socket nor messages.

import {
  chunkBytes,
  chunkHead,
  cutFrame,
  headBytes,
  overdraftBytes,
  sharedBytes,
  windowBytes,
} from './flowFrames.ts'

/** A frame's bytes in order; not copied, so they must not change until they have left. */
export type FrameParts = readonly Uint8Array[]

/** Where a frame belongs. Frames of one lane leave in order. */
export interface Place {
  readonly lane: number
  /** The request that it asks or answers. */
  readonly id?: number
}

interface Waiting {
  readonly place: Place
  readonly parts: FrameParts
  readonly total: number
  /** Makes the frame anew where it has waited for long. */
  readonly renew: (() => FrameParts) | undefined
  state:
    | { readonly _tag: 'Whole' }
    | { readonly _tag: 'Begun'; readonly number: number; part: number; at: number; left: number }
}

export class Outbox {
  readonly #write: (parts: FrameParts) => void
  readonly #overdrawn: () => void
  readonly #lanes = new Map<number, Waiting[]>()
  #credit = windowBytes
  #nextNumber = 0
  /** Sizes of the frames that have begun and not ended, together. */
  #underWay = 0
  #mostUnderWay = 0
  /** Another lane has had something small to send since the frames that are under way began. */
  #shared = false
  #pumping = false

  /** `write` takes the parts of one message of the socket; `overdrawn` is told where there is no credit for the urgent. */
  constructor(write: (parts: FrameParts) => void, overdrawn: () => void = () => {}) {
    this.#write = write
    this.#overdrawn = overdrawn
  }

  /** The other side holds room for so many bytes of frames that have begun; one alone may always begin. */
  admit(mostUnderWay: number): void {
    this.#mostUnderWay = mostUnderWay
  }

  /** Frames that wait or are under way. */
  get size(): number {
    let size = 0
    for (const queue of this.#lanes.values()) size += queue.length
    return size
  }

  /** Leaves at once, whatever waits: for what is small and keeps things going. It counts against the credit too. */
  urgent(parts: FrameParts): void {
    this.#credit -= sizeOf(parts)
    this.#write(parts)
    if (this.#credit < -(chunkBytes + headBytes + overdraftBytes)) this.#overdrawn()
  }

  /** Leaves as soon as there is credit and it is its lane's turn. `renew` makes it again where it had to wait. */
  put(place: Place, parts: FrameParts, renew?: () => FrameParts): void {
    const waiting: Waiting = { place, parts, total: sizeOf(parts), renew, state: { _tag: 'Whole' } }
    const queue = this.#lanes.get(place.lane)
    if (queue === undefined && this.#underWay > 0 && waiting.total <= chunkBytes) this.#shared = true
    if (queue !== undefined) {
      queue.push(waiting)
      return
    }
    if (this.#lanes.size === 0 && this.#credit > 0 && waiting.total <= chunkBytes) {
      this.#send(parts, waiting.total)
      return
    }
    this.#lanes.set(place.lane, [waiting])
    this.#pump(waiting)
  }

  /** The other side has taken so many bytes. */
  grant(bytes: number): void {
    // More than was ever sent is no credit: a side that gives it away would only flood itself.
    this.#credit = Math.min(this.#credit + bytes, windowBytes)
    this.#pump()
  }

  /** Takes a request's frame back: true where it had not left whole, and now never will. */
  withdraw({ lane, id }: Place): boolean {
    const queue = this.#lanes.get(lane)
    const at = queue?.findIndex(({ place }) => place.id === id) ?? -1
    const waiting = queue?.[at]
    if (queue === undefined || waiting === undefined) return false
    queue.splice(at, 1)
    if (queue.length === 0) this.#lanes.delete(lane)
    this.#cut(waiting)
    this.#pump()
    return true
  }

  /** Takes back whatever is for a lane. */
  dropLane(lane: number): void {
    const queue = this.#lanes.get(lane) ?? []
    this.#lanes.delete(lane)
    for (const waiting of queue) this.#cut(waiting)
    this.#pump()
  }

  /** There is nobody left to send to. */
  clear(): void {
    this.#lanes.clear()
    this.#credit = 0
  }

  #cut({ state, total }: Waiting): void {
    if (state._tag === 'Whole') return
    this.#ended(total)
    this.urgent([cutFrame(state.number)])
  }

  #pump(fresh?: Waiting): void {
    // Writing may call back into here.
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#credit > (this.#shared ? windowBytes - sharedBytes : 0)) {
        const next = this.#next()
        if (next === undefined) break
        this.#step(next, next !== fresh)
      }
    } finally {
      this.#pumping = false
    }
  }

  /** The first frame of the lane whose turn it is. */
  #next(): Waiting | undefined {
    for (const queue of this.#lanes.values()) {
      const [first] = queue
      if (first !== undefined && this.#mayGo(first)) return first
    }
    return undefined
  }

  #mayGo({ state, total }: Waiting): boolean {
    if (state._tag === 'Begun' || total <= chunkBytes) return true
    return this.#underWay === 0 || this.#underWay + total <= this.#mostUnderWay
  }

  #step(waiting: Waiting, hasWaited: boolean): void {
    const { lane } = waiting.place
    const queue = this.#lanes.get(lane) ?? []
    // To the end of the line, and out of it where nothing is left.
    this.#lanes.delete(lane)
    const first = hasWaited ? renewed(waiting) : waiting
    queue[0] = first
    if (this.#advance(first)) queue.shift()
    if (queue.length > 0) this.#lanes.set(lane, queue)
  }

  /** Sends the whole frame or its next chunk; true where nothing is left of it. */
  #advance(waiting: Waiting): boolean {
    const { parts, total } = waiting
    if (waiting.state._tag === 'Whole') {
      if (total <= chunkBytes) {
        this.#send(parts, total)
        return true
      }
      this.#underWay += total
      waiting.state = { _tag: 'Begun', number: this.#nextNumber++ >>> 0, part: 0, at: 0, left: total }
    }
    const state = waiting.state
    const chunk: Uint8Array[] = [chunkHead(state.number, total)]
    let room = Math.min(chunkBytes, state.left)
    state.left -= room
    const bytes = room + headBytes
    while (room > 0) {
      const part = parts[state.part] as Uint8Array
      const slice = part.subarray(state.at, state.at + room)
      chunk.push(slice)
      room -= slice.length
      state.at += slice.length
      if (state.at === part.length) {
        state.part += 1
        state.at = 0
      }
    }
    const done = state.left === 0
    if (done) this.#ended(total)
    this.#send(chunk, bytes)
    return done
  }

  #ended(total: number): void {
    this.#underWay -= total
    if (this.#underWay === 0) this.#shared = false
  }

  #send(parts: FrameParts, bytes: number): void {
    this.#credit -= bytes
    this.#write(parts)
  }
}

function renewed(waiting: Waiting): Waiting {
  if (waiting.state._tag === 'Begun' || waiting.renew === undefined) return waiting
  const parts = waiting.renew()
  return { ...waiting, parts, total: sizeOf(parts), renew: undefined }
}

export function sizeOf(parts: FrameParts): number {
  let size = 0
  for (const part of parts) size += part.length
  return size
}
