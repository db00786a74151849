// What was done about connections that did not become well by themselves: remembered, so that the next step is a greater
// one and comes later, and counted for people. When and which is remedy.ts's.

import type { Trouble } from '../health/Trouble.ts'
import type { Recycling } from './recycling.ts'
import { nextRemedy, type Remedy, type RemedyRung, rememberedMs } from './remedy.ts'

export interface RemedyMetrics {
  /** Steps taken since the start. */
  readonly times: Readonly<Record<RemedyRung, number>>
  /** Those of the last ten minutes, oldest first. */
  readonly recent: readonly Remedy[]
}

export interface RemediesOptions {
  readonly now: () => number
  readonly troubles: () => readonly Trouble[]
  /** The browser of a connection of the pool's own. */
  readonly browserOf: (connection: string) => string | undefined
}

export class Remedies {
  readonly #options: RemediesOptions
  readonly #times: Record<RemedyRung, number> = { reload: 0, browser: 0, replacement: 0 }
  #recent: readonly Remedy[] = []

  constructor(options: RemediesOptions) {
    this.#options = options
  }

  next(): Recycling | undefined {
    const { troubles, browserOf, now } = this.#options
    return nextRemedy(troubles(), browserOf, this.#recent, now())
  }

  /** It is being done. */
  taken(recycling: Recycling): void {
    if (recycling.why !== 'unwell') return
    const { now, browserOf } = this.#options
    const { _tag, id, detail, connection } = recycling
    const rung = _tag === 'connection' ? 'reload' : _tag
    const browser = _tag === 'connection' ? (browserOf(id) ?? '') : id
    const at = now()
    this.#times[rung]++
    this.#recent = [
      ...this.#recent.filter(remedy => at - remedy.at < rememberedMs),
      { at, connection, browser, rung, why: detail },
    ]
  }

  metrics(): RemedyMetrics {
    return { times: { ...this.#times }, recent: this.#recent }
  }
}
