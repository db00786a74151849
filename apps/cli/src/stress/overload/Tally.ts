// The caller's own record of an overload, in a few bytes for each request: of hundreds of thousands, objects would be
// the memory that is to be measured. It shares nothing with the pool's ledger.

import type { AnswerNumber } from '@shoal/browser-bridge'
import type { Point } from '../../output/chart.ts'

export const states = ['not asked', 'open', 'answered', 'wrong', 'refused', 'failed', 'late'] as const
export type State = (typeof states)[number]

export class Tally {
  /** Of each request, by its number: an index into `states`. */
  readonly #states: Uint8Array
  /** When it was asked, from the start of the overload. */
  readonly #atMs: Float64Array
  /** From when it was asked to its end. */
  readonly #tookMs: Float64Array
  readonly #failures = new Map<string, number>()
  /** Numbers that pages gave their answers, by worker: one that comes again was delivered twice. */
  readonly #numbers = new Map<string, Set<number>>()
  doubled = 0
  /** Milliseconds by which the latest request was asked later than it should have been: this process was busy. */
  greatestLagMs = 0

  /** @param most requests at most */
  constructor(most: number) {
    this.#states = new Uint8Array(most)
    this.#atMs = new Float64Array(most)
    this.#tookMs = new Float64Array(most)
  }

  lagged(ms: number): void {
    this.greatestLagMs = Math.max(this.greatestLagMs, ms)
  }

  asked(request: number, atMs: number): void {
    this.#atMs[request] = atMs
    this.#states[request] = states.indexOf('open')
  }

  ended(request: number, state: State, tookMs: number): void {
    this.#states[request] = states.indexOf(state)
    this.#tookMs[request] = tookMs
  }

  failedAs(tag: string): void {
    this.#failures.set(tag, (this.#failures.get(tag) ?? 0) + 1)
  }

  delivered(answer: AnswerNumber | undefined): void {
    if (answer === undefined) return
    const numbers = this.#numbers.get(answer.worker) ?? new Set()
    this.#numbers.set(answer.worker, numbers)
    if (numbers.has(answer.number)) this.doubled++
    numbers.add(answer.number)
  }

  count(...wanted: readonly State[]): number {
    let count = 0
    for (const state of this.#states) if (wanted.includes(states[state] ?? 'not asked')) count++
    return count
  }

  /** Milliseconds of the requests in these states whose number is `of` when divided by `every`. */
  took(wanted: readonly State[], every = 1, of = 0): number[] {
    const took: number[] = []
    for (let at = of; at < this.#states.length; at += every)
      if (wanted.includes(states[this.#states[at] ?? 0] ?? 'not asked')) took.push(this.#tookMs[at] ?? 0)
    return took
  }

  /** How many a second ended in these states, by when: a point in the middle of each stretch. */
  paceOf(wanted: readonly State[], stretchMs: number): readonly Point[] {
    const counts: number[] = []
    for (let at = 0; at < this.#states.length; at++) {
      if (!wanted.includes(states[this.#states[at] ?? 0] ?? 'not asked')) continue
      const stretch = Math.floor(((this.#atMs[at] ?? 0) + (this.#tookMs[at] ?? 0)) / stretchMs)
      counts[stretch] = (counts[stretch] ?? 0) + 1
    }
    return Array.from(counts, (count = 0, stretch) => ({
      x: ((stretch + 0.5) * stretchMs) / 1000,
      y: (1000 * count) / stretchMs,
    }))
  }

  /** When requests in these states were asked, in seconds, and how long they took: one of so many. */
  latencies(wanted: readonly State[], most: number): readonly Point[] {
    const points: Point[] = []
    const every = Math.max(1, Math.ceil(this.count(...wanted) / most))
    let seen = 0
    for (let at = 0; at < this.#states.length; at++) {
      if (!wanted.includes(states[this.#states[at] ?? 0] ?? 'not asked') || seen++ % every > 0) continue
      points.push({ x: (this.#atMs[at] ?? 0) / 1000, y: this.#tookMs[at] ?? 0 })
    }
    return points
  }

  failures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures)
  }
}
