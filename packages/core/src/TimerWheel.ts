// Deadlines, thousands of them, on one timer of the clock: a ring of slots of one millisecond each. Adding and
// cancelling cost the same however many there are. While it is empty there is no timer at all.

import type { ActorClock } from './ActorClock.ts'

/** A deadline that was set. */
export interface Deadline {
  cancel(): void
}

/** What stands in the wheel: one object for each deadline, so that whoever has one already needs no other. */
export interface Timed {
  /** When, in whole milliseconds of the clock; −1 while it does not stand there. The wheel's, as all these fields are. */
  at: number
  /** Parts those of one millisecond: first set, first fired. */
  sequence: number
  next: Timed | undefined
  previous: Timed | undefined
  /** Its deadline has come. */
  fire(): void
}

const slots = 1024

/** The sequence of what has no time yet. */
const fresh = -1

/** Milliseconds that a timer which nobody needs may go on to keep the host process alive. */
const moment = 20

/** A bit mask, because a remainder of numbers that may be fractions costs more than all the rest. */
const slotOf = (tick: number): number => tick & (slots - 1)

class Alarm implements Timed, Deadline {
  at = -1
  sequence = 0
  next: Timed | undefined
  previous: Timed | undefined
  readonly fire: () => void
  readonly #wheel: TimerWheel

  constructor(wheel: TimerWheel, fire: () => void) {
    this.#wheel = wheel
    this.fire = fire
  }

  cancel(): void {
    this.#wheel.remove(this)
  }
}

export class TimerWheel {
  readonly #clock: ActorClock
  readonly #heads: (Timed | undefined)[] = new Array(slots)
  #count = 0
  /** Those that have no time yet, the last one first. Of each the delay stands in `at`. */
  #fresh: Timed | undefined
  #sequence = 0
  #tick: number
  /** Whether the timer keeps the host process alive, and whether it is soon looked at whether it should. */
  #holds = true
  #letsGo = false
  #armed: { readonly at: number; readonly handle: unknown } | undefined

  constructor(clock: ActorClock) {
    this.#clock = clock
    this.#tick = Math.floor(clock.now())
  }

  /** Calls `fire` once, `ms` from now, rounded up to a whole millisecond; never for Infinity. */
  after(ms: number, fire: () => void): Deadline {
    const alarm = new Alarm(this, fire)
    if (ms !== Number.POSITIVE_INFINITY) this.#place(ms, alarm)
    return alarm
  }

  /**
   * The same for what stands in the wheel itself, and does not yet, from the next `settle` on. Most asks are answered
   * before that, and then have cost no look at the clock, and no place.
   */
  wake(ms: number, timed: Timed): void {
    if (ms === Number.POSITIVE_INFINITY) return
    timed.at = Math.max(ms, 0)
    timed.sequence = fresh
    timed.next = this.#fresh
    if (this.#fresh !== undefined) this.#fresh.previous = timed
    this.#fresh = timed
  }

  /** Gives all that is left of the new ones their time. Call it before the host's timers may come. */
  settle(): void {
    if (this.#fresh === undefined) return
    const all: Timed[] = []
    for (let timed: Timed | undefined = this.#fresh; timed !== undefined; timed = timed.next) all.push(timed)
    this.#fresh = undefined
    for (const timed of all.reverse()) this.#place(timed.at, timed)
  }

  #place(ms: number, timed: Timed): void {
    const now = this.#clock.now()
    if (this.#count === 0) this.#tick = Math.floor(now)
    timed.at = Math.ceil(now + Math.max(ms, 0))
    timed.sequence = this.#sequence++
    const slot = slotOf(timed.at)
    const next = this.#heads[slot]
    timed.next = next
    timed.previous = undefined
    if (next !== undefined) next.previous = timed
    this.#heads[slot] = timed
    this.#count += 1
    if (this.#armed === undefined || timed.at < this.#armed.at) this.#arm(timed.at, now)
    else if (!this.#holds) this.#hold(this.#armed.handle, true)
  }

  /** Takes it out, if it stands there. */
  remove(timed: Timed): void {
    if (timed.at < 0) return
    const { next, previous } = timed
    if (previous !== undefined) previous.next = next
    else if (timed.sequence === fresh) this.#fresh = next
    else this.#heads[slotOf(timed.at)] = next
    if (next !== undefined) next.previous = previous
    timed.at = -1
    timed.next = undefined
    timed.previous = undefined
    if (timed.sequence === fresh) return
    this.#count -= 1
    if (this.#count > 0) return
    // A timer left behind must not keep a host process alive for a deadline that nobody awaits. To clear it, and set
    // another one for the next ask, would cost as much as the ask; so would to let go of it at once.
    if (this.#clock.hold === undefined) this.#disarm()
    else if (!this.#letsGo) {
      this.#letsGo = true
      this.#clock.setTimeout(() => this.#letGo(), moment)
    }
  }

  /** A moment after nothing was left: it still is so, or there is always something for a moment. */
  #letGo(): void {
    this.#letsGo = false
    if (this.#count === 0 && this.#armed !== undefined) this.#hold(this.#armed.handle, false)
  }

  #hold(handle: unknown, on: boolean): void {
    this.#holds = on
    this.#clock.hold?.(handle, on)
  }

  #arm(at: number, now: number): void {
    this.#disarm()
    this.#holds = true
    this.#armed = { at, handle: this.#clock.setTimeout(() => this.#turn(), Math.max(at - now, 0)) }
  }

  #disarm(): void {
    if (this.#armed !== undefined) this.#clock.clearTimeout(this.#armed.handle)
    this.#armed = undefined
  }

  #turn(): void {
    this.#armed = undefined
    const now = this.#clock.now()
    for (const timed of this.#takeDue(now)) if (timed.at >= 0) this.#expire(timed)
    if (this.#count > 0 && this.#armed === undefined) this.#arm(this.#nextAt(), this.#clock.now())
  }

  #expire(timed: Timed): void {
    this.remove(timed)
    timed.fire()
  }

  /** What is due, by deadline. Collected first: what fires may add and cancel. */
  #takeDue(now: number): readonly Timed[] {
    const due: Timed[] = []
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
