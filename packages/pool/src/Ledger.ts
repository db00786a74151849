// The ledger: every accepted request and how it ended. It lives outside any actor that can be restarted, so a
// death below never takes a request with it. It decides nothing about who runs next (Dispatcher does) and does
// no I/O; it holds one rule: what was accepted ends exactly once.

import type { Admission, Entry, Interruption, Settlement } from './admission/Entry.ts'
import { NearestTimer } from './admission/NearestTimer.ts'
import { Pace } from './admission/Pace.ts'
import { RequestQueue } from './admission/RequestQueue.ts'
import { DeadlineExceeded, Overloaded, PoisonRequest, type PoolClosed, RequestAborted } from './errors.ts'

/** Counts since the start. `accepted = answered + failed + waiting + running` always. */
export interface LedgerCounts {
  readonly accepted: number
  readonly answered: number
  readonly failed: number
  readonly refused: number
  readonly rerun: number
  readonly waiting: number
  readonly running: number
}

export interface LedgerOptions {
  /** Requests that may wait at once; one more is refused as `Overloaded`. */
  readonly capacity: number
  /** Unfinished attempts after which a request is not run again. */
  readonly poisonAfter: number
  readonly now: () => number
  /** Hears of each request that is accepted. */
  readonly onAccepted?: () => void
  /** Hears that a request waits, new or again: the dispatcher should look. */
  readonly onWaiting: () => void
}

export class Ledger<I, A> {
  readonly #options: LedgerOptions
  readonly #open = new Map<number, Entry<I, A>>()
  readonly #waiting = new RequestQueue<Entry<I, A>>()
  readonly #deadlines: NearestTimer
  /** The open one whose deadline passes first, once it was looked for, until that ends. */
  #nearest: Entry<I, A> | undefined
  #nextId = 1
  #accepted = 0
  #answered = 0
  #failed = 0
  #refused = 0
  #rerun = 0
  #closed: PoolClosed | undefined
  #emptied: (() => void)[] = []
  #settledOf: { readonly model: string; readonly resolve: () => void }[] = []
  readonly #pace = new Pace()

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#deadlines = new NearestTimer(options.now, () => this.#expireDue())
  }

  /** Takes responsibility for a request, or refuses it: `Overloaded`, `PoolClosed`. */
  accept(admission: Admission<I, A>): Entry<I, A> | Overloaded | PoolClosed {
    if (this.#closed) {
      this.#refused++
      return this.#closed
    }
    if (this.#waiting.size >= this.#options.capacity) {
      this.#refused++
      return this.#overloaded()
    }
    const now = this.#options.now()
    const entry: Entry<I, A> = {
      id: this.#nextId++,
      model: admission.model,
      input: admission.input,
      priority: admission.priority,
      acceptedAt: now,
      deadlineMs: admission.deadlineMs,
      deadlineAt: now + admission.deadlineMs,
      interruptions: [],
      attempts: 0,
      state: { _tag: 'waiting' },
      settle: admission.settle,
      detach: () => {},
    }
    this.#accepted++
    this.#options.onAccepted?.()
    this.#open.set(entry.id, entry)
    this.#waiting.add(entry)
    this.#noteWaiting()
    this.#deadlines.arm(entry.deadlineAt)
    if (this.#nearest !== undefined && entry.deadlineAt < this.#nearest.deadlineAt) this.#nearest = entry
    this.#watchSignal(entry, admission.signal)
    if (entry.state._tag === 'waiting') this.#options.onWaiting()
    return entry
  }

  /** The waiting request to look at first, for each model: by fair share between models, by rank within one. */
  heads(): Entry<I, A>[] {
    return this.#waiting.heads()
  }

  /** All that waits of a model, in order. */
  waitingOf(model: string): readonly Entry<I, A>[] {
    return this.#waiting.of(model)
  }

  /**
   * Marks a waiting entry as given to a lane; the signal fires when the caller no longer wants it.
   * @param serviceMs what it is expected to cost the lane: it counts against its model's share
   */
  start(entry: Entry<I, A>, serviceMs = 1): AbortSignal {
    this.#waiting.take(entry, serviceMs)
    this.#noteWaiting()
    const abort = new AbortController()
    entry.attempts++
    entry.state = { _tag: 'running', abort }
    return abort.signal
  }

  answer(entry: Entry<I, A>, answer: A): void {
    if (this.#end(entry, { _tag: 'answered', answer })) this.#answered++
  }

  fail(entry: Entry<I, A>, error: unknown): void {
    if (this.#end(entry, { _tag: 'failed', error })) this.#failed++
  }

  /** Its deadline has passed. */
  expire(entry: Entry<I, A>): void {
    const { model, deadlineMs, state } = entry
    const phase = state._tag === 'running' ? 'running' : 'waiting'
    this.fail(
      entry,
      new DeadlineExceeded({
        model,
        deadlineMs,
        phase,
        message: `The request to ${model} was still ${phase} after its deadline of ${deadlineMs} ms; raise deadlineMs, lower the load, or raise maxConnections.`,
      }),
    )
  }

  /**
   * It was not finished where it was: it takes its old place in the queue, to run again elsewhere. It ends instead
   * where `poisonAfter` lanes died at work on it (`PoisonRequest`), or so many attempts failed (the last's error).
   */
  runAgain(entry: Entry<I, A>, interruption: Interruption): void {
    if (entry.state._tag !== 'running') return
    entry.interruptions.push(interruption)
    const alike = entry.interruptions.filter(({ _tag }) => _tag === interruption._tag)
    const blamed = interruption._tag === 'laneDied' || interruption._tag === 'failed'
    if (blamed && alike.length >= this.#options.poisonAfter) {
      this.fail(entry, interruption._tag === 'laneDied' ? poison(entry.model, alike) : interruption.cause)
      return
    }
    this.#rerun++
    entry.state = { _tag: 'waiting' }
    this.#waiting.add(entry)
    this.#noteWaiting()
    this.#options.onWaiting()
  }

  /** Why nothing is accepted any more; undefined while the pool is open. */
  get closed(): PoolClosed | undefined {
    return this.#closed
  }

  counts(): LedgerCounts {
    return {
      accepted: this.#accepted,
      answered: this.#answered,
      failed: this.#failed,
      refused: this.#refused,
      rerun: this.#rerun,
      waiting: this.#waiting.size,
      running: this.#open.size - this.#waiting.size,
    }
  }

  /** Resolves when no request of the model is open any more. */
  settled(model: string): Promise<void> {
    if (!this.#hasOpen(model)) return Promise.resolve()
    return new Promise(resolve => this.#settledOf.push({ model, resolve }))
  }

  /** Accepts nothing more, and resolves when what was accepted has ended. */
  drain(reason: PoolClosed): Promise<void> {
    this.#closed = reason
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#emptied.push(resolve))
  }

  /** Ends every open request with this error (of one model, or all). */
  failAll(error: unknown, model?: string): void {
    for (const entry of [...this.#open.values()]) {
      if (model === undefined || entry.model === model) this.fail(entry, error)
    }
  }

  /** The model is gone for good. */
  forget(model: string): void {
    this.#waiting.forget(model)
  }

  #end(entry: Entry<I, A>, settlement: Settlement<A>): boolean {
    const { state } = entry
    if (state._tag === 'settled') return false
    if (state._tag === 'running') this.#pace.ended(this.#options.now())
    else this.#waiting.remove(entry)
    this.#noteWaiting()
    entry.state = { _tag: 'settled' }
    entry.detach()
    this.#open.delete(entry.id)
    if (this.#nearest === entry) this.#nearest = undefined
    if (state._tag === 'running' && settlement._tag === 'failed') state.abort.abort(settlement.error)
    entry.settle(settlement)
    if (this.#open.size === 0) {
      this.#deadlines.disarm()
      for (const resolve of this.#emptied.splice(0)) resolve()
    }
    this.#tellSettled(entry.model)
    return true
  }

  #hasOpen(model: string): boolean {
    for (const entry of this.#open.values()) if (entry.model === model) return true
    return false
  }

  #tellSettled(model: string): void {
    if (this.#settledOf.length === 0 || this.#hasOpen(model)) return
    const told = this.#settledOf.filter(waiter => waiter.model === model)
    this.#settledOf = this.#settledOf.filter(waiter => waiter.model !== model)
    for (const { resolve } of told) resolve()
  }

  #watchSignal(entry: Entry<I, A>, signal: AbortSignal | undefined): void {
    if (!signal) return
    const abort = () =>
      this.fail(
        entry,
        new RequestAborted({
          model: entry.model,
          message: `The request to ${entry.model} was aborted by its caller.`,
        }),
      )
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    entry.detach = () => signal.removeEventListener('abort', abort)
  }

  #noteWaiting(): void {
    this.#pace.waits(this.#waiting.size, this.#options.now())
  }

  #expireDue(): void {
    const now = this.#options.now()
    for (const entry of [...this.#open.values()]) {
      if (entry.deadlineAt > now) this.#deadlines.arm(entry.deadlineAt)
      else this.expire(entry)
    }
  }

  #nearestDeadline(): number {
    let nearest = this.#nearest
    if (nearest === undefined)
      for (const entry of this.#open.values())
        if (nearest === undefined || entry.deadlineAt < nearest.deadlineAt) nearest = entry
    this.#nearest = nearest
    return nearest?.deadlineAt ?? Number.POSITIVE_INFINITY
  }

  #overloaded(): Overloaded {
    // A place becomes free with the next request that ends, and that is no later than the nearest deadline.
    const paceMs = this.#pace.meanMs ?? Number.POSITIVE_INFINITY
    const now = this.#options.now()
    // Refusals are as cheap as can be, whatever waits: the timer fires no later than any deadline passes.
    const isSooner = (this.#deadlines.at ?? now) - now >= paceMs
    const withinMs = isSooner ? paceMs : Math.min(paceMs, this.#nearestDeadline() - now)
    const retryAfterMs = Number.isFinite(withinMs) ? Math.max(1, Math.ceil(withinMs)) : 1
    return new Overloaded({
      waiting: this.#waiting.size,
      retryAfterMs,
      message: `${this.#waiting.size} requests are waiting already, as many as the pool takes (maxQueue); try again in ${retryAfterMs} ms.`,
    })
  }
}

function poison(model: string, deaths: readonly Interruption[]): PoisonRequest {
  const lanes = deaths.map(({ lane }) => lane)
  return new PoisonRequest({
    model,
    lanes,
    causes: deaths.map(({ cause }) => cause),
    message: `${deaths.length} lanes (${lanes.join(', ')}) died at work on one request to ${model}, so it is not run again; try it alone, or with a smaller input.`,
  })
}
