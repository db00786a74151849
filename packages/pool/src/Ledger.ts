// The ledger: every accepted request and how it ended. It lives outside any actor that can be restarted, so a
// death below never takes a request with it. It decides nothing about who runs next (Dispatcher does) and does
// no I/O; it holds one rule: what was accepted ends exactly once.

import { DeadlineExceeded, Overloaded, PoisonRequest, type PoolClosed, RequestAborted } from './errors.ts'

/** Where an accepted request stands. `settled` is final. */
export type RequestState =
  | { readonly _tag: 'waiting'; readonly since: number }
  | {
      readonly _tag: 'running'
      readonly lane: string
      readonly since: number
      readonly abort: AbortController
    }
  | { readonly _tag: 'settled' }

/** How a request ended for its caller. */
export type Settlement<A> =
  | { readonly _tag: 'answered'; readonly answer: A }
  | { readonly _tag: 'failed'; readonly error: unknown }

/** Why an attempt could not be finished, where the request may be run again. */
export interface Interruption {
  readonly lane: string
  readonly cause: unknown
  /** The lane ended under it; otherwise the lane lives and only this attempt failed. */
  readonly laneDied: boolean
}

/** One accepted request. Times are milliseconds of the ledger's clock. */
export interface Entry<I, A> {
  readonly id: number
  readonly model: string
  readonly input: I
  readonly priority: number
  readonly acceptedAt: number
  readonly deadlineAt: number
  /** Attempts that could not be finished. */
  readonly interruptions: Interruption[]
  /** Times it was given to a lane. */
  attempts: number
  state: RequestState
  readonly settle: (settlement: Settlement<A>) => void
  /** Stops listening to the caller's signal. */
  detach: () => void
}

/** What a caller asks to have accepted. */
export interface Admission<I, A> {
  readonly model: string
  readonly input: I
  readonly priority: number
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly settle: (settlement: Settlement<A>) => void
}

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
}

/** An entry is waiting again, or a place has become free: the dispatcher should look. */
type Wake = () => void

export class Ledger<I, A> {
  readonly #options: LedgerOptions
  readonly #wake: Wake
  readonly #open = new Map<number, Entry<I, A>>()
  /** Waiting entries of each model, oldest first within a priority. */
  readonly #waiting = new Map<string, Entry<I, A>[]>()
  #nextId = 1
  #waitingCount = 0
  #accepted = 0
  #answered = 0
  #failed = 0
  #refused = 0
  #rerun = 0
  #closed: PoolClosed | undefined
  #timer: { readonly at: number; readonly handle: ReturnType<typeof setTimeout> } | undefined
  #emptied: (() => void)[] = []
  #settledOf: { readonly model: string; readonly resolve: () => void }[] = []
  #lastEndAt: number | undefined
  #endGapMs: number | undefined

  constructor(options: LedgerOptions, wake: Wake) {
    this.#options = options
    this.#wake = wake
  }

  /** Takes responsibility for a request, or refuses it: `Overloaded`, `PoolClosed`. */
  accept(admission: Admission<I, A>): Entry<I, A> | Overloaded | PoolClosed {
    if (this.#closed) {
      this.#refused++
      return this.#closed
    }
    if (this.#waitingCount >= this.#options.capacity) {
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
      deadlineAt: now + admission.deadlineMs,
      interruptions: [],
      attempts: 0,
      state: { _tag: 'waiting', since: now },
      settle: admission.settle,
      detach: () => {},
    }
    this.#accepted++
    this.#options.onAccepted?.()
    this.#open.set(entry.id, entry)
    this.#enqueue(entry, 'back')
    this.#watchSignal(entry, admission.signal)
    this.#armTimer(entry.deadlineAt)
    return entry
  }

  /** The waiting request to look at first, for each model: highest priority, then oldest. */
  heads(): Entry<I, A>[] {
    const heads: Entry<I, A>[] = []
    for (const queue of this.#waiting.values()) {
      const head = queue[0]
      if (head) heads.push(head)
    }
    return heads.sort((a, b) => b.priority - a.priority || a.acceptedAt - b.acceptedAt || a.id - b.id)
  }

  /** Marks a waiting entry as given to a lane; the signal fires when the caller no longer wants it. */
  start(entry: Entry<I, A>, lane: string): AbortSignal {
    this.#dequeue(entry)
    const abort = new AbortController()
    entry.attempts++
    entry.state = { _tag: 'running', lane, since: this.#options.now(), abort }
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
    const phase = entry.state._tag === 'running' ? 'running' : 'waiting'
    const deadlineMs = entry.deadlineAt - entry.acceptedAt
    this.fail(
      entry,
      new DeadlineExceeded({
        model: entry.model,
        deadlineMs,
        phase,
        message: `The request to ${entry.model} was still ${phase} after its deadline of ${deadlineMs} ms; raise deadlineMs, lower the load, or raise maxConnections.`,
      }),
    )
  }

  /**
   * It could not be finished where it ran: it goes to the front of its queue, to run again elsewhere. After
   * `poisonAfter` such attempts it ends: as `PoisonRequest` where lanes died under it, else with its last cause.
   */
  runAgain(entry: Entry<I, A>, interruption: Interruption): void {
    if (entry.state._tag !== 'running') return
    entry.interruptions.push(interruption)
    if (entry.interruptions.length >= this.#options.poisonAfter) {
      const deaths = entry.interruptions.filter(({ laneDied }) => laneDied)
      this.fail(entry, deaths.length > 0 ? poison(entry.model, deaths) : interruption.cause)
      return
    }
    this.#rerun++
    this.#enqueue(entry, 'front')
    this.#wake()
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
      waiting: this.#waitingCount,
      running: this.#open.size - this.#waitingCount,
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

  #end(entry: Entry<I, A>, settlement: Settlement<A>): boolean {
    const { state } = entry
    if (state._tag === 'settled') return false
    if (state._tag === 'waiting') this.#dequeue(entry)
    entry.state = { _tag: 'settled' }
    entry.detach()
    this.#open.delete(entry.id)
    this.#noteEnd()
    if (state._tag === 'running' && settlement._tag === 'failed') state.abort.abort(settlement.error)
    entry.settle(settlement)
    if (this.#open.size === 0) {
      this.#disarmTimer()
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

  #enqueue(entry: Entry<I, A>, where: 'front' | 'back'): void {
    entry.state = { _tag: 'waiting', since: this.#options.now() }
    const queue = this.#waiting.get(entry.model) ?? []
    this.#waiting.set(entry.model, queue)
    const last = queue.at(-1)
    const atEnd = where === 'back' && (!last || last.priority >= entry.priority)
    const at = atEnd
      ? -1
      : queue.findIndex(other =>
          where === 'front' ? other.priority <= entry.priority : other.priority < entry.priority,
        )
    if (at === -1) queue.push(entry)
    else queue.splice(at, 0, entry)
    this.#waitingCount++
  }

  #dequeue(entry: Entry<I, A>): void {
    const queue = this.#waiting.get(entry.model)
    const at = queue?.indexOf(entry) ?? -1
    if (!queue || at === -1) return
    queue.splice(at, 1)
    this.#waitingCount--
    if (queue.length === 0) this.#waiting.delete(entry.model)
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

  /** Mean time between two ends, from which `retryAfterMs` is told (exponential average, weight 0.2). */
  #noteEnd(): void {
    const now = this.#options.now()
    if (this.#lastEndAt !== undefined) {
      const gap = now - this.#lastEndAt
      this.#endGapMs = this.#endGapMs === undefined ? gap : 0.8 * this.#endGapMs + 0.2 * gap
    }
    this.#lastEndAt = now
  }

  /** One timer for the nearest deadline of all, not a timer each. */
  #armTimer(at: number): void {
    if (this.#timer && this.#timer.at <= at) return
    this.#disarmTimer()
    const handle = setTimeout(() => this.#expire(), Math.max(0, at - this.#options.now()))
    this.#timer = { at, handle }
  }

  #disarmTimer(): void {
    if (this.#timer) clearTimeout(this.#timer.handle)
    this.#timer = undefined
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#options.now()
    let nearest = Number.POSITIVE_INFINITY
    for (const entry of [...this.#open.values()]) {
      if (entry.deadlineAt > now) {
        nearest = Math.min(nearest, entry.deadlineAt)
        continue
      }
      this.expire(entry)
    }
    if (nearest < Number.POSITIVE_INFINITY) this.#armTimer(nearest)
  }

  #overloaded(): Overloaded {
    // A place becomes free with the next request that ends; before any has ended, its deadline bounds the wait.
    const retryAfterMs = Math.ceil(this.#endGapMs ?? (this.#timer ? this.#timer.at - this.#options.now() : 0))
    return new Overloaded({
      waiting: this.#waitingCount,
      retryAfterMs,
      message: `${this.#waitingCount} requests are waiting already, as many as the pool takes (maxQueue); try again in ${retryAfterMs} ms.`,
    })
  }
}

function poison(model: string, deaths: ReadonlyArray<Interruption>): PoisonRequest {
  const lanes = deaths.map(({ lane }) => lane)
  const causes = deaths.map(({ cause }) => cause)
  const last = causes.at(-1)
  return new PoisonRequest({
    model,
    lanes,
    causes,
    message: `A request to ${model} was running on ${lanes.join(' and ')} when each died, so it is not run again (${last instanceof Error ? last.message : last}); try it alone, or with a smaller input.`,
  })
}
