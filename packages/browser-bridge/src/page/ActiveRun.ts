// The run that a lane is at: what its engine may say and ask between two steps. It ends when it was cancelled or its
// deadline has passed, and waits where the host has no room for more parts. Not the queue of those that wait: that
// is LaneHost's.

import type { Part, Run } from '../protocol/messages.ts'
import { LaneError } from '../protocol/wireErrors.ts'
import type { RunControl } from './engines/Engine.ts'

/** Messages are let in at least this often: a cancel takes so much longer to be heard, and each time costs 0.2 ms. */
const turnMs = 10

export interface ActiveRunOptions {
  readonly run: Run
  /** When its frame arrived, which its deadline counts from. */
  readonly arrivedAt: number
  readonly say: (part: Part) => void
  /** Resolves once the messages that are waiting have been received. */
  readonly turn: () => Promise<void>
}

export class ActiveRun implements RunControl {
  readonly streams: boolean
  readonly #options: ActiveRunOptions
  readonly #endsAt: number
  #seq = 0
  /** Parts that the host has room for, of all that there ever were. */
  #room: number
  #cancelled = false
  #turnedAt = performance.now()
  #wake: () => void = () => {}

  constructor(options: ActiveRunOptions) {
    const { stream, deadlineMs } = options.run
    this.#options = options
    this.#endsAt = options.arrivedAt + deadlineMs
    this.streams = stream !== undefined
    this.#room = stream ?? 0
  }

  get id(): number {
    return this.#options.run.id
  }

  get stopped(): LaneError | undefined {
    const so = this.#seq === 0 ? '' : `, after ${this.#seq} parts`
    if (this.#cancelled) return new LaneError('Cancelled', `cancelled at work${so}`)
    if (performance.now() < this.#endsAt) return undefined
    const { deadlineMs } = this.#options.run
    return new LaneError(
      'DeadlinePassed',
      `its ${Math.round(deadlineMs)} ms passed while it was at work${so}`,
    )
  }

  part(json: unknown): void {
    if (!this.streams || this.stopped !== undefined) return
    this.#options.say({ t: 'part', id: this.id, seq: this.#seq++, json, tensors: [] })
  }

  async step(): Promise<void> {
    if (performance.now() - this.#turnedAt > turnMs) await this.#turn()
    while (this.streams && this.#seq >= this.#room && this.stopped === undefined) await this.#untilRoom()
  }

  more(parts: number): void {
    this.#room += parts
    this.#wake()
  }

  cancel(): void {
    this.#cancelled = true
    this.#wake()
  }

  async #turn(): Promise<void> {
    await this.#options.turn()
    this.#turnedAt = performance.now()
  }

  async #untilRoom(): Promise<void> {
    const leftMs = Math.max(0, this.#endsAt - performance.now())
    await new Promise<void>(resolve => {
      // A timer takes 31 bits.
      const timer = setTimeout(resolve, Math.min(leftMs, 2 ** 31 - 1))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#turnedAt = performance.now()
  }
}
