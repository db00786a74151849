// What one actor has told others whose mailboxes were full: each waits in front of the mailbox, in order, and takes
// its place here until it is in. A machine's actions cannot wait, so that back-pressure means that the actor takes
// no further messages while its outbox is full. Where that would be a circle of actors that wait for each other,
// it goes on instead, and fails if it tells more than its outbox holds: never a deadlock, never more than the bound.

import { OutboxFull } from './errors.ts'

/** Somebody with a full mailbox. */
export interface Busy {
  readonly path: string
  readonly outbox: Outbox | undefined
}

export class Outbox {
  readonly #owner: Busy
  readonly #capacity: number
  readonly #onRoom: () => void
  readonly #onOverflow: (error: OutboxFull) => void
  /** For whom messages wait, and how many. */
  readonly #waiting = new Map<Busy, number>()
  #size = 0

  /** `onRoom` is called when a full outbox has a place again; `onOverflow` instead of holding too many. */
  constructor(owner: Busy, capacity: number, onRoom: () => void, onOverflow: (error: OutboxFull) => void) {
    this.#owner = owner
    this.#capacity = capacity
    this.#onRoom = onRoom
    this.#onOverflow = onOverflow
  }

  /** Messages on their way. */
  get size(): number {
    return this.#size
  }

  /** Takes a place for a message to `target`. Returns how to give it back; nothing if there was none. */
  hold(target: Busy): (() => void) | undefined {
    if (this.#size >= this.#capacity) {
      const { path } = this.#owner
      this.#onOverflow(new OutboxFull({ path, capacity: this.#capacity, to: target.path }))
      return undefined
    }
    this.#size += 1
    this.#waiting.set(target, (this.#waiting.get(target) ?? 0) + 1)
    return () => {
      const wasFull = this.#size >= this.#capacity
      this.#size -= 1
      const left = (this.#waiting.get(target) ?? 1) - 1
      if (left === 0) this.#waiting.delete(target)
      else this.#waiting.set(target, left)
      if (wasFull) this.#onRoom()
    }
  }

  /** Whether its actor is to take no further messages now. */
  get pauses(): boolean {
    return this.#isFull && !this.#waitsForItself()
  }

  get #isFull(): boolean {
    return this.#size >= this.#capacity
  }

  /** Whether the full outboxes behind this one lead back to it. */
  #waitsForItself(): boolean {
    const seen = new Set<Outbox>()
    const open: Outbox[] = [this]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const { outbox } of next.#waiting.keys()) {
        if (outbox === this) return true
        if (outbox === undefined || !outbox.#isFull || seen.has(outbox)) continue
        seen.add(outbox)
        open.push(outbox)
      }
    }
    return false
  }
}
