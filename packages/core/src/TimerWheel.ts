// Deadlines, thousands of them, on one timer of the clock: a ring of slots of one millisecond each. Adding and
// cancelling cost the same however many there are. While it is empty there is no timer at all.

import type { ActorClock } from './ActorClock.ts'

/** A deadline that was set. */
export interface Deadline {
  cancel(): void
}

/** What is called when a deadline has come. */
export interface Timed {
  fire(): void
}

const slots = 1024

/** A bit mask, because a remainder of numbers that may be fractions costs more than all the rest. */
const slotOf = (tick: number): number => tick & (slots - 1)

const never: Deadline = { cancel: () => {} }

class Entry implements Deadline {
  readonly at: number
  /** Parts those of one millisecond: first set, first fired. */
  readonly sequence: number
  readonly timed: Timed
  readonly #wheel: TimerWheel
  next: Entry | undefined
  previous: Entry | undefined
  pending = true

  constructor(wheel: TimerWheel, at: number, sequence: number, timed: Timed) {
    this.#wheel = wheel
    this.at = at
    this.sequence = sequence
    this.timed = timed
  }

  cancel(): void {
    if (this.pending) this.#wheel.remove(this)
  }
}

export class TimerWheel {
  readonly #clock: ActorClock
  readonly #heads: (Entry | undefined)[] = new Array(slots)
  #count = 0
  #sequence = 0
  #tick: number
  #armed: { readonly at: number; readonly handle: unknown } | undefined

  constructor(clock: ActorClock) {
    this.#clock = clock
    this.#tick = Math.floor(clock.now())
  }

  /** Calls `fire` once, `ms` from now, rounded up to a whole millisecond; never for Infinity. */
  after(ms: number, fire: () => void): Deadline {
    return this.wake(ms, { fire })
  }

  /** The same for whoever sets so many that a closure for each counts. */
  wake(ms: number, timed: Timed): Deadline {
    if (ms === Number.POSITIVE_INFINITY) return never
    const now = this.#clock.now()
    if (this.#count === 0) this.#tick = Math.floor(now)
    const entry = new Entry(this, Math.ceil(now + Math.max(ms, 0)), this.#sequence++, timed)
    const slot = slotOf(entry.at)
    entry.next = this.#heads[slot]
    if (entry.next !== undefined) entry.next.previous = entry
    this.#heads[slot] = entry
    this.#count += 1
    if (this.#armed === undefined || entry.at < this.#armed.at) this.#arm(entry.at, now)
    else if (this.#count === 1) this.#clock.hold?.(this.#armed.handle, true)
    return entry
  }

  remove(entry: Entry): void {
    entry.pending = false
    if (entry.previous !== undefined) entry.previous.next = entry.next
    else this.#heads[slotOf(entry.at)] = entry.next
    if (entry.next !== undefined) entry.next.previous = entry.previous
    this.#count -= 1
    if (this.#count > 0) return
    // A timer left behind must not keep a host process alive for a deadline that nobody awaits. To let go of it is
    // cheaper than to clear it and set another one for the next ask.
    if (this.#armed !== undefined && this.#clock.hold !== undefined)
      this.#clock.hold(this.#armed.handle, false)
    else this.#disarm()
  }

  #arm(at: number, now: number): void {
    this.#disarm()
    this.#armed = { at, handle: this.#clock.setTimeout(() => this.#turn(), Math.max(at - now, 0)) }
  }

  #disarm(): void {
    if (this.#armed !== undefined) this.#clock.clearTimeout(this.#armed.handle)
    this.#armed = undefined
  }

  #turn(): void {
    this.#armed = undefined
    const now = this.#clock.now()
    for (const entry of this.#takeDue(now)) if (entry.pending) this.#expire(entry)
    if (this.#count > 0 && this.#armed === undefined) this.#arm(this.#nextAt(), this.#clock.now())
  }

  #expire(entry: Entry): void {
    this.remove(entry)
    entry.timed.fire()
  }

  /** What is due, by deadline. Collected first: what fires may add and cancel. */
  #takeDue(now: number): readonly Entry[] {
    const due: Entry[] = []
    const last = Math.floor(now)
    const turns = Math.min(last - this.#tick, slots - 1)
    for (let tick = last - turns; tick <= last; tick++) {
      for (let entry = this.#heads[slotOf(tick)]; entry !== undefined; entry = entry.next) {
        if (entry.at <= now) due.push(entry)
      }
    }
    this.#tick = last
    return due.sort((a, b) => a.at - b.at || a.sequence - b.sequence)
  }

  /** The next deadline within one turn of the ring, or the end of that turn. */
  #nextAt(): number {
    for (let tick = this.#tick; tick < this.#tick + slots; tick++) {
      for (let entry = this.#heads[slotOf(tick)]; entry !== undefined; entry = entry.next) {
        if (entry.at <= tick) return entry.at
      }
    }
    return this.#tick + slots - 1
  }
}
