// Who is silent for too long: the link, the page's main thread, a lane. Only judges: it is told what was heard and
// asked at intervals, holds no timer and does nothing about what it finds. It also notices when it was not asked in
// time itself: after a pause of the host nobody is found guilty before a fresh interval has passed.

export interface HeartbeatLimits {
  /** How often the link, and an idle lane, beats. */
  readonly beatMs: number
  /** So many beats may be missed before silence is a finding. */
  readonly missedBeats: number
  /** A main thread that has not answered its own link worker for so long hangs. */
  readonly mainMs: number
  /** A lane at work is hung past this many times the p99 of the same work, or past its deadline if that is longer. */
  readonly hungFactor: number
}

export const defaultHeartbeatLimits: HeartbeatLimits = {
  beatMs: 1_000,
  missedBeats: 6,
  mainMs: 20_000,
  hungFactor: 8,
}

export type Finding =
  | { readonly _tag: 'LinkSilent'; readonly forMs: number }
  | { readonly _tag: 'MainHung'; readonly forMs: number }
  /** An idle lane that stopped beating. */
  | {
      readonly _tag: 'LaneSilent'
      readonly lane: number
      readonly forMs: number
      readonly limit: 'beats'
      readonly limitMs: number
    }
  /** A lane that has been at one piece of work past every limit; `limit` is the longer one. */
  | {
      readonly _tag: 'LaneHung'
      readonly lane: number
      readonly forMs: number
      readonly limit: 'deadline' | 'usual'
      readonly limitMs: number
    }

/** How well a link beats, short of a finding. Times are milliseconds. */
export interface Beats {
  /** How often it should. */
  readonly beatMs: number
  /** Since it was last heard; a pause of the host's own does not count. */
  readonly silentMs: number
  /** Times of the last five minutes that more than two beats were missed before it was heard again. */
  readonly late: number
  /** Since the page's main thread answered its link worker, as that last said. */
  readonly mainMs: number
}

export interface Work {
  readonly id: number
  /** Work with the same name takes about the same time: a model's key. */
  readonly name: string
  readonly deadlineMs: number
}

type LaneState =
  | { readonly _tag: 'Idle'; heardAt: number }
  | { readonly _tag: 'Working'; readonly work: Work; since: number }

const samplesKept = 128

/** Beats after which one is late, and how long that is remembered. */
const [lateBeats, lateKeptMs] = [3, 5 * 60_000]

export class Heartbeat {
  readonly #limits: HeartbeatLimits
  readonly #lanes = new Map<number, LaneState>()
  readonly #durations = new Map<string, number[]>()
  #linkHeardAt: number
  #late: number[] = []
  #mainAgeMs = 0
  #checkedAt: number
  /** Silence counts from here at the earliest. */
  #fairFrom: number

  constructor(limits: HeartbeatLimits, now: number) {
    this.#limits = limits
    this.#linkHeardAt = now
    this.#checkedAt = now
    this.#fairFrom = now
  }

  /** Anything that came over the link proves that the link worker lives. */
  heard(now: number): void {
    const { beatMs } = this.#limits
    // A host that was not there to look heard nobody.
    const looked = now - this.#checkedAt <= 2 * beatMs
    if (looked && this.#silence(now) > lateBeats * beatMs)
      this.#late = [...this.#late.filter(at => now - at < lateKeptMs), now]
    this.#linkHeardAt = now
  }

  beat(mainAgeMs: number): void {
    this.#mainAgeMs = mainAgeMs
  }

  laneOpened(lane: number, now: number): void {
    this.#lanes.set(lane, { _tag: 'Idle', heardAt: now })
  }

  laneClosed(lane: number): void {
    this.#lanes.delete(lane)
  }

  laneBeat(lane: number, now: number): void {
    const state = this.#lanes.get(lane)
    if (state?._tag === 'Idle') state.heardAt = now
  }

  begin(lane: number, work: Work, now: number): void {
    if (this.#lanes.has(lane)) this.#lanes.set(lane, { _tag: 'Working', work, since: now })
  }

  isIdle(lane: number): boolean {
    return this.#lanes.get(lane)?._tag === 'Idle'
  }

  /** The work goes on: a download that progresses is no hang. */
  progress(lane: number, id: number, now: number): void {
    const state = this.#lanes.get(lane)
    if (state?._tag === 'Working' && state.work.id === id) state.since = now
  }

  end(lane: number, id: number, now: number): void {
    const state = this.#lanes.get(lane)
    if (state === undefined) return
    if (state._tag === 'Working' && state.work.id === id) {
      const kept = this.#durations.get(state.work.name) ?? []
      kept.push(now - state.since)
      if (kept.length > samplesKept) kept.shift()
      this.#durations.set(state.work.name, kept)
      this.#lanes.set(lane, { _tag: 'Idle', heardAt: now })
    } else if (state._tag === 'Idle') {
      state.heardAt = now
    }
  }

  /** The work was taken back before its lane had it: how long it waited says nothing of how long it takes. */
  takenBack(lane: number, id: number, now: number): void {
    const state = this.#lanes.get(lane)
    if (state?._tag === 'Working' && state.work.id === id)
      this.#lanes.set(lane, { _tag: 'Idle', heardAt: now })
  }

  /** p99 (nearest rank) of the work of that name over the last runs, in milliseconds; 0 where there were none. */
  p99(name: string): number {
    const sorted = [...(this.#durations.get(name) ?? [])].sort((a, b) => a - b)
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
  }

  beats(now: number): Beats {
    return {
      beatMs: this.#limits.beatMs,
      silentMs: Math.max(0, this.#silence(now)),
      late: this.#late.filter(at => now - at < lateKeptMs).length,
      mainMs: this.#mainAgeMs,
    }
  }

  #silence(now: number): number {
    return now - Math.max(this.#linkHeardAt, this.#fairFrom)
  }

  /** What is wrong now. To be asked about every half beat. */
  check(now: number): Finding[] {
    const { beatMs, missedBeats, mainMs } = this.#limits
    if (now - this.#checkedAt > 2 * beatMs) this.#forgive(now - this.#checkedAt, now)
    this.#checkedAt = now
    const silentMs = missedBeats * beatMs
    if (now - this.#fairFrom <= silentMs) return []
    const findings: Finding[] = []
    const linkMs = this.#silence(now)
    // A silent link says nothing about its lanes: they speak through it.
    if (linkMs > silentMs) return [{ _tag: 'LinkSilent', forMs: linkMs }]
    if (this.#mainAgeMs > mainMs) findings.push({ _tag: 'MainHung', forMs: this.#mainAgeMs })
    for (const [lane, state] of this.#lanes) {
      // Only as far as the link was heard: what a lane has not said since then, it may have said to nobody.
      const finding = this.#checkLane(lane, state, Math.max(this.#linkHeardAt, this.#fairFrom), silentMs)
      if (finding !== undefined) findings.push(finding)
    }
    return findings
  }

  /** After a pause of the host's own: who worked through it is not charged with it, and silence counts from now. */
  #forgive(pauseMs: number, now: number): void {
    this.#fairFrom = now
    for (const state of this.#lanes.values()) {
      if (state._tag === 'Working') state.since = Math.min(now, state.since + pauseMs)
    }
  }

  #checkLane(lane: number, state: LaneState, until: number, silentMs: number): Finding | undefined {
    if (state._tag === 'Idle') {
      const forMs = until - Math.max(state.heardAt, this.#fairFrom)
      return forMs > silentMs
        ? { _tag: 'LaneSilent', lane, forMs, limit: 'beats', limitMs: silentMs }
        : undefined
    }
    const forMs = until - state.since
    // One more silence on top: the answer of a lane that ends at its deadline is still under way.
    const { deadlineMs, name } = state.work
    const usualMs = this.#limits.hungFactor * this.p99(name)
    const limitMs = Math.max(deadlineMs, usualMs) + silentMs
    const limit = usualMs > deadlineMs ? 'usual' : 'deadline'
    return forMs > limitMs ? { _tag: 'LaneHung', lane, forMs, limit, limitMs } : undefined
  }
}
