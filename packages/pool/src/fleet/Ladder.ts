// What fell and by which step it was helped up, as records: the connections' and browsers' own tell theirs, and here are
// seen the two steps that are the pool's, a lane opened again and a browser replaced by another. It only writes down.

import type { Backend, Fault, Recovery, Rung } from '@shoal/browser-bridge'
import type { FleetEvent } from './Fleet.ts'

export interface RungMetrics {
  readonly times: number
  /** Means over all of them, in milliseconds: how long the trouble had lasted when it was noticed, and from then on. */
  readonly noticedMs: number
  readonly readyMs: number
}

export interface LadderMetrics {
  readonly rungs: Readonly<Partial<Record<Rung, RungMetrics>>>
  /** The latest recoveries, oldest first. */
  readonly recent: readonly Recovery[]
}

interface Fall {
  readonly subject: string
  readonly why: Fault
  readonly detail: string
  readonly noticedMs: number
  readonly at: number
}

const kept = 32

/** A browser that comes later than this after another was given up was started for its own sake. */
const replacedWithinMs = 2 * 60_000

/** The latest browsers that had a page up: what comes up in one of them is no other browser. */
const browsersKnown = 100

export class Ladder {
  readonly #now: () => number
  readonly #recent: Recovery[] = []
  readonly #sums = new Map<Rung, { times: number; noticedMs: number; readyMs: number }>()
  /** Lanes that ended by themselves, by connection and back-end, until there is one again. */
  readonly #lanes = new Map<string, Fall>()
  /** Browsers that were given up, oldest first, until another has taken the place. */
  readonly #gone: Fall[] = []
  /** The latest to come up is the last. */
  readonly #known = new Set<string>()

  constructor(now: () => number) {
    this.#now = now
  }

  readonly mended = (recovery: Recovery): void => {
    this.#recent.push(recovery)
    if (this.#recent.length > kept) this.#recent.shift()
    const sum = this.#sums.get(recovery.rung) ?? { times: 0, noticedMs: 0, readyMs: 0 }
    sum.times += 1
    sum.noticedMs += recovery.noticedMs
    sum.readyMs += recovery.readyMs
    this.#sums.set(recovery.rung, sum)
  }

  /** A browser's supervisor has given it up. */
  gaveUp(browser: string, cause: unknown): void {
    const detail = cause instanceof Error ? cause.message : String(cause)
    this.#gone.push({ subject: browser, why: 'browserGone', detail, noticedMs: 0, at: this.#now() })
  }

  readonly hear = (event: FleetEvent): void => {
    if (event._tag === 'up') {
      const fall = this.#isNew(event.member.browser.id) ? this.#gone.shift() : undefined
      if (fall !== undefined) this.#stands(fall, 'replacement')
    } else if (event._tag === 'down') {
      for (const key of this.#lanes.keys()) if (key.startsWith(`${event.member.id} `)) this.#lanes.delete(key)
    } else if (event._tag === 'laneLost') {
      const { end } = event
      if (end === undefined) return
      this.#lanes.set(keyOf(event.member.id, event.backend), {
        subject: event.lane,
        why: 'laneLost',
        detail: end.message,
        noticedMs: end._tag === 'LaneHung' ? end.afterMs : 0,
        at: this.#now(),
      })
    } else if (event._tag === 'laneUp') {
      const key = keyOf(event.member.id, event.backend)
      const fall = this.#lanes.get(key)
      this.#lanes.delete(key)
      if (fall !== undefined) this.#stands(fall, 'lane')
    }
  }

  metrics(): LadderMetrics {
    const rungs: Partial<Record<Rung, RungMetrics>> = {}
    for (const [rung, { times, noticedMs, readyMs }] of this.#sums) {
      rungs[rung] = { times, noticedMs: noticedMs / times, readyMs: readyMs / times }
    }
    return { rungs, recent: [...this.#recent] }
  }

  #isNew(browser: string): boolean {
    const since = this.#now() - replacedWithinMs
    this.#gone.splice(0, this.#gone.filter(({ at }) => at < since).length)
    const isKnown = this.#known.delete(browser)
    this.#known.add(browser)
    const [oldest] = this.#known
    if (this.#known.size > browsersKnown && oldest !== undefined) this.#known.delete(oldest)
    return !isKnown
  }

  #stands({ at, ...fall }: Fall, rung: Rung): void {
    this.mended({ ...fall, rung, readyMs: this.#now() - at })
  }
}

const keyOf = (connection: string, backend: Backend): string => `${connection} ${backend}`
