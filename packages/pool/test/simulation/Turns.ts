// Whether models get their turns: what is given to lanes is held against what waits meanwhile. No deadline may pass while a
// healthy lane that holds the model is free, nor while such lanes are given to another model and never to this one.

import type { DeadlineExceeded } from '../../src/errors.ts'
import type { SimulatedPool } from './SimulatedPool.ts'

/**
 * Of what two models' runs cost, as much as one may be given before it is the other's turn. By the rule of fair shares it is
 * once, since a run is not parted; the rest is for estimates that change.
 */
const turnsAhead = 3

/** What a model may have fallen behind, in ms of service, and is given before the others once a lane can take it (FairShare). */
const greatestLag = 1000

/** Before anything was measured each request is believed to cost 1 ms: so little says nothing. */
const leastMs = 100

/** A lane that is free for so long is passed over. One that has become well is told of at the next event. */
const freeMs = 250

/** Given to another model on a lane that could have had this one. */
interface PassedOver {
  readonly other: string
  /** What it was expected to cost, as it counts against its model's share. */
  readonly ms: number
  readonly at: number
}

export class Turns {
  /** What broke the rule, in words. */
  readonly broken: string[] = []
  readonly #pool: SimulatedPool
  /** By model: since one of it was last given. */
  readonly #passedOver = new Map<string, PassedOver[]>()
  /** The most that a run of a model was expected to cost, with all that share it. */
  readonly #dearest = new Map<string, number>()
  /** What the ledger has just let go, which a lane is given next, and what of it counts against its model's share. */
  #leaving: { readonly model: string; readonly costMs: number; readonly shareMs: number } | undefined

  constructor(pool: SimulatedPool) {
    this.#pool = pool
    const { ledger } = pool.parts
    const start = ledger.start.bind(ledger)
    ledger.start = (entry, costMs = 1) => {
      const { model, priority } = entry
      const { costMs: before = 0, shareMs = 0 } = this.#leaving ?? {}
      this.#leaving = { model, costMs: before + costMs, shareMs: shareMs + costMs / 2 ** priority }
      return start(entry, costMs)
    }
    pool.bridge.onGiven = lane => this.#given(lane)
  }

  /**
   * A request's deadline has passed.
   * @param wasInterrupted it was on a lane before, and does not go there again while there is another
   */
  expired({ model, phase, deadlineMs }: DeadlineExceeded, number: number, wasInterrupted: boolean): void {
    if (phase !== 'waiting') return
    const since = performance.now() - deadlineMs
    const passed = (this.#passedOver.get(model) ?? []).filter(({ at }) => at >= since)
    for (const other of new Set(passed.map(given => given.other))) {
      const ms = passed.reduce((sum, given) => sum + (given.other === other ? given.ms : 0), 0)
      const turnMs =
        greatestLag + Math.max(leastMs, turnsAhead * (this.#dearestOf(model) + this.#dearestOf(other)))
      if (ms > turnMs)
        this.broken.push(
          `request ${number} of ${model} waited in vain, while ${ms} ms of ${other} (${turnMs} at most) went where it might have`,
        )
    }
    if (wasInterrupted) return
    const free = this.#able(model).find(({ lane }) => this.#idleMs(lane) > freeMs)
    if (free) this.broken.push(`request ${number} of ${model} waited in vain, while ${free.lane} was free`)
  }

  /** Before the lane begins it. */
  #given(lane: string): void {
    const leaving = this.#leaving
    this.#leaving = undefined
    // A check or a sample comes past the ledger.
    if (leaving === undefined) return
    this.#costs(leaving.model, leaving.costMs)
    this.#passedOver.delete(leaving.model)
    for (const { model } of this.#pool.parts.ledger.heads()) {
      if (model === leaving.model) continue
      const able = this.#able(model).find(other => other.lane === lane)
      if (able === undefined) continue
      this.#costs(model, able.serviceMs ?? 1)
      const passed = this.#passedOver.get(model) ?? []
      this.#passedOver.set(model, passed)
      passed.push({ other: leaving.model, ms: leaving.shareMs, at: performance.now() })
    }
  }

  #costs(model: string, ms: number): void {
    this.#dearest.set(model, Math.max(ms, this.#dearestOf(model)))
  }

  #dearestOf(model: string): number {
    return this.#dearest.get(model) ?? 1
  }

  /** Lanes that could have a request of it: well, not the spare, and not slower for its first run. */
  #able(model: string) {
    return this.#pool.parts.dispatcher
      .candidates(model)
      .filter(({ standing, isSpare, coldMs }) => standing === 'ok' && !isSpare && coldMs === undefined)
  }

  #idleMs(id: string): number {
    for (const page of this.#pool.bridge.pages)
      for (const lane of page.lanes) if (lane.id === id) return lane.idleMs
    return 0
  }
}
