// The bounded queue in front of one actor: a system lane that always fits and always comes first, a user lane
// with a bound, and the messages put aside by deferral, which count in the bound. It delivers nothing and
// knows no clock: LocalRef puts in, Cell takes out.

import type { MailboxOptions } from './Behavior.ts'
import { Fifo } from './Fifo.ts'

interface Parked<T> {
  readonly item: T
  readonly settle: (admitted: boolean) => void
}

export class Mailbox<T extends object> {
  readonly #options: MailboxOptions
  /** Made for the first message, as the rest is when it is needed: most of a hundred thousand actors have none. */
  #user: Fifo<T> | undefined
  #system: Fifo<T> | undefined
  #aside: Set<T> | undefined
  #parked: Parked<T>[] | undefined
  /** 1 while the place of the message taken last is kept for it. */
  #held: 0 | 1 = 0

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  /** Messages of the user lane, deferred ones included: what the bound bounds. */
  get depth(): number {
    return (this.#user?.size ?? 0) + (this.#aside?.size ?? 0) + this.#held
  }

  get isFull(): boolean {
    // Whoever waits outside goes first: to a newcomer the mailbox is full as long as anybody waits.
    return this.#parked !== undefined || this.depth >= this.#options.capacity
  }

  /** Whether `take` has something to give. */
  get hasWork(): boolean {
    return (this.#user?.size ?? 0) > 0 || this.#parked !== undefined || (this.#system?.size ?? 0) > 0
  }

  /** Puts a message in, by the overflow policy. Returns what fell out: nothing, the oldest, or the message itself. */
  put(item: T): T | undefined {
    if (!this.isFull) {
      this.#lane.push(item)
      return undefined
    }
    if (this.#options.overflow !== 'dropOldest') return item
    const oldest = this.#takeOldest()
    // The one place there is may be held for the message in process.
    if (oldest === undefined) return item
    this.#lane.push(item)
    return oldest
  }

  /** Puts a message in the system lane: no bound, before every user message. */
  putSystem(item: T): void {
    this.#system ??= new Fifo()
    this.#system.push(item)
  }

  /**
   * Waits outside a full mailbox. `settle` is called once: with true when the message is in, with false when the
   * mailbox was drained first. Returns how to give up.
   */
  park(item: T, settle: (admitted: boolean) => void): () => void {
    const parked = { item, settle }
    this.#parked ??= []
    this.#parked.push(parked)
    return () => {
      const at = this.#parked?.indexOf(parked) ?? -1
      if (at >= 0) this.#parked?.splice(at, 1)
      if (this.#parked?.length === 0) this.#parked = undefined
    }
  }

  /** The next message: system lane first. The place that the message before this one left is given on only now, because that one may have been set aside and hold it still. */
  take(): T | undefined {
    if (this.#parked !== undefined) this.#admitParked()
    return this.#system?.take() ?? this.#user?.take()
  }

  /** Keeps the place of the message taken last until `letGo`: it may be put back. */
  holdPlace(): void {
    this.#held = 1
  }

  letGo(): void {
    this.#held = 0
  }

  /** Puts the message taken last before all others again. */
  putBack(item: T): void {
    this.#lane.putBack([item])
  }

  /** The next message of the system lane alone. */
  takeSystem(): T | undefined {
    return this.#system?.take()
  }

  get hasSystemWork(): boolean {
    return (this.#system?.size ?? 0) > 0
  }

  /**
   * Puts a taken message aside until `readmit`. Its place in the bound has not been given away yet (see `take`). Each
   * must be an object of its own: it may be forgotten.
   */
  setAside(item: T): void {
    this.#aside ??= new Set()
    this.#aside.add(item)
  }

  /** Takes out what was set aside and is not wanted any more. Whether it was there. */
  forget(item: T): boolean {
    return this.#aside?.delete(item) === true
  }

  /** Puts all that was set aside before the rest, in its order. */
  readmit(): void {
    if (this.#aside === undefined || this.#aside.size === 0) return
    this.#lane.putBack([...this.#aside])
    this.#aside = undefined
  }

  get hasAside(): boolean {
    return this.#aside !== undefined && this.#aside.size > 0
  }

  /** Takes everything out, in order. Who waits outside is turned away. */
  drain(): readonly T[] {
    const parked = this.#parked ?? []
    this.#parked = undefined
    for (const { settle } of parked) settle(false)
    this.readmit()
    const all: T[] = []
    for (let item = this.take(); item !== undefined; item = this.take()) all.push(item)
    return all
  }

  get #lane(): Fifo<T> {
    this.#user ??= new Fifo()
    return this.#user
  }

  #takeOldest(): T | undefined {
    const [oldest] = this.#aside ?? []
    if (oldest === undefined) return this.#user?.take()
    this.#aside?.delete(oldest)
    return oldest
  }

  #admitParked(): void {
    while (this.depth < this.#options.capacity) {
      const next = this.#parked?.shift()
      if (next === undefined) break
      this.#lane.push(next.item)
      next.settle(true)
    }
    if (this.#parked?.length === 0) this.#parked = undefined
  }
}
