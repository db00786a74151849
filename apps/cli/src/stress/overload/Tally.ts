// The caller's own record of an overload, in a few bytes for each request: of hundreds of thousands, objects would be
// the memory that is to be measured. It shares nothing with the pool's ledger.

import type { AnswerNumber } from '@shoal/browser-bridge'

export const states = ['not asked', 'open', 'answered', 'wrong', 'refused', 'failed', 'late'] as const
export type State = (typeof states)[number]

export class Tally {
  /** Of each request, by its number: an index into `states`. */
  readonly #states: Uint8Array
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
    this.#tookMs = new Float64Array(most)
  }

  lagged(ms: number): void {
    this.greatestLagMs = Math.max(this.greatestLagMs, ms)
  }

  asked(request: number): void {
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

  failures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures)
  }
}
