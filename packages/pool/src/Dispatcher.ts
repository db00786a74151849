// Who runs next: when a lane has a place free, the request that should have it. It reads the ledger's heads,
// asks `route` for each, hands work to lanes and settles what comes back. It keeps no queue of its own, and it
// does not decide where models are loaded (the models' actors do).

import {
  type Backend,
  type BrowserKind,
  type Lane,
  DeadlineExceeded as LaneDeadline,
  RemoteFailed,
  type RunOptions,
  type RunRequest,
  type RunResult,
} from '@shoal/browser-bridge'
import type { Entry, Interruption } from './admission/Entry.ts'
import type { BrowserName } from './fleet/Fleet.ts'
import type { Ledger } from './Ledger.ts'
import type { LaneKind, PerformanceHistory } from './PerformanceHistory.ts'
import { type Candidate, route } from './routing/route.ts'

/** What a request carries to its lane. */
export interface Work {
  readonly request: RunRequest
  readonly options: Pick<RunOptions, 'outputs' | 'returnInputs'>
}

/** Where a request ran, and why there. */
export interface Placement {
  readonly connection: string
  readonly lane: string
  /** The browser's name in the pool; it outlives the process that is there now. */
  readonly browserId: string
  readonly browser: BrowserKind
  readonly browserVersion: string
  readonly backend: Backend
  readonly adapter: 'hardware' | 'software' | 'none'
  readonly threads: number
  readonly reason: string
}

/** Milliseconds of each leg of an answered request. */
export interface Timing {
  /** From being accepted until a lane took it, reruns included. */
  readonly queueMs: number
  /** On the lane, behind other work. */
  readonly laneQueueMs: number
  /** Between host and lane, both ways, coding included. */
  readonly transferMs: number
  readonly preprocessMs: number
  readonly computeMs: number
  readonly postprocessMs: number
  readonly totalMs: number
  /** Lanes it was given to; more than 1 means that it was run again. */
  readonly attempts: number
}

export interface Answer {
  readonly result: RunResult
  readonly timing: Timing
  readonly placement: Placement
}

/** One model loaded on one lane, ready for work. */
export interface Replica {
  readonly model: string
  readonly modelKey: string
  readonly lane: Lane
  readonly connection: string
  readonly browser: BrowserName
  /** Rank in the preference table, 0 first. */
  readonly preference: number
}

interface Slot {
  readonly lane: Lane
  readonly connection: string
  readonly replicas: Map<string, Replica>
  readonly running: Set<Entry<Work, Answer>>
  /** `gone`: it died, and the request at work has come back; those behind it are bystanders. */
  state: 'open' | 'draining' | 'gone'
  onIdle: (() => void)[]
}

export interface DispatcherOptions {
  readonly ledger: Ledger<Work, Answer>
  readonly history: PerformanceHistory
  readonly now: () => number
  /** Hears how long a lane was busy with an answered request, in milliseconds. */
  readonly onServed?: (serviceMs: number) => void
}

export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #slots = new Map<string, Slot>()

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  addReplica(replica: Replica): void {
    const { lane, model } = replica
    const known = this.#slots.get(lane.id)
    // After a restart another lane may have the same name.
    const slot: Slot =
      known?.lane === lane
        ? known
        : {
            lane,
            connection: replica.connection,
            replicas: new Map(),
            running: new Set(),
            state: 'open',
            onIdle: [],
          }
    this.#slots.set(lane.id, slot)
    slot.replicas.set(model, replica)
    this.pump()
  }

  removeReplica(model: string, lane: string): void {
    this.#slots.get(lane)?.replicas.delete(model)
  }

  /** The lane is gone; what ran on it comes back through its own rejections. */
  removeLane(lane: string): void {
    this.#slots.delete(lane)
  }

  /** The connection is gone, and every lane of it. */
  removeConnection(connection: string): void {
    for (const [id, slot] of this.#slots) if (slot.connection === connection) this.#slots.delete(id)
  }

  /** Gives the lane nothing more, and resolves when what it has is done. */
  drainLane(lane: string): Promise<void> {
    const slot = this.#slots.get(lane)
    if (!slot) return Promise.resolve()
    slot.state = 'draining'
    if (slot.running.size === 0) return Promise.resolve()
    return new Promise(resolve => slot.onIdle.push(resolve))
  }

  replicasOf(model: string): Replica[] {
    return [...this.#slots.values()].flatMap(slot => slot.replicas.get(model) ?? [])
  }

  /** Requests on each lane now; its size is the number of lanes that hold a model. */
  load(): Map<string, number> {
    return new Map([...this.#slots].map(([id, slot]) => [id, slot.running.size]))
  }

  /** Gives out what can be given out. Called whenever a request, a place or a replica has come. */
  pump(): void {
    let gave = true
    while (gave) {
      gave = false
      for (const entry of this.#options.ledger.heads()) {
        const choice = route(this.candidates(entry.model))
        if (choice._tag === 'wait') continue
        const slot = this.#slots.get(choice.lane)
        const replica = slot?.replicas.get(entry.model)
        if (!slot || !replica) continue
        this.#give(entry, slot, replica, choice.reason)
        gave = true
      }
    }
  }

  /** What routing would choose from for a model, now. */
  candidates(model: string): Candidate[] {
    const candidates: Candidate[] = []
    for (const slot of this.#slots.values()) {
      const replica = slot.replicas.get(model)
      if (!replica || slot.state !== 'open') continue
      const known = this.#options.history.serviceTime(model, kindOf(replica))
      candidates.push({
        lane: slot.lane.id,
        credits: slot.lane.depth - slot.running.size,
        aheadMs: this.#aheadMs(slot),
        serviceMs: known?.meanMs,
        samples: known?.samples ?? 0,
        preference: replica.preference,
        software: slot.lane.adapter?.software === true,
      })
    }
    return candidates
  }

  #aheadMs(slot: Slot): number {
    let sum = 0
    for (const entry of slot.running) {
      const replica = slot.replicas.get(entry.model)
      sum += (replica && this.#options.history.serviceTime(entry.model, kindOf(replica))?.meanMs) ?? 1
    }
    return sum
  }

  #give(entry: Entry<Work, Answer>, slot: Slot, replica: Replica, reason: string): void {
    const { ledger, now } = this.#options
    const startedAt = now()
    const signal = ledger.start(entry)
    slot.running.add(entry)
    slot.lane
      .run(replica.modelKey, entry.input.request, {
        ...entry.input.options,
        deadlineMs: entry.deadlineAt - startedAt,
        signal,
      })
      .then(
        result => {
          const endedAt = now()
          const timing = timingOf(entry, result, startedAt, endedAt)
          const serviceMs = endedAt - startedAt - timing.laneQueueMs
          this.#options.history.record(entry.model, kindOf(replica), serviceMs)
          this.#options.onServed?.(serviceMs)
          this.#free(entry, slot)
          ledger.answer(entry, { result, timing, placement: placementOf(replica, reason) })
        },
        (error: unknown) => {
          this.#free(entry, slot)
          this.#unfinished(entry, slot, error)
        },
      )
      .finally(() => this.pump())
  }

  /** Before its caller is told, who may ask for the next place at once. */
  #free(entry: Entry<Work, Answer>, slot: Slot): void {
    slot.running.delete(entry)
    if (slot.running.size === 0) for (const resolve of slot.onIdle.splice(0)) resolve()
  }

  #unfinished(entry: Entry<Work, Answer>, slot: Slot, error: unknown): void {
    const { ledger } = this.#options
    if (!mayRunAgain(error)) {
      // The lane's word for the same deadline may come before the ledger's own timer.
      if (error instanceof LaneDeadline) ledger.expire(entry)
      else ledger.fail(entry, error)
      return
    }
    ledger.runAgain(entry, { _tag: this.#interruption(slot, error), lane: slot.lane.id, cause: error })
  }

  /** A lane works on one request at a time, and gives them back in the order in which it had them. */
  #interruption(slot: Slot, error: unknown): Interruption['_tag'] {
    if (error instanceof RemoteFailed) return 'failed'
    const first = slot.state !== 'gone'
    slot.state = 'gone'
    return first ? 'laneDied' : 'bystander'
  }
}

function mayRunAgain(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'mayRunAgain' in error && error.mayRunAgain === true
}

function kindOf(replica: Replica): LaneKind {
  return { browser: replica.browser.kind, backend: replica.lane.backend }
}

function timingOf(entry: Entry<Work, Answer>, result: RunResult, startedAt: number, endedAt: number): Timing {
  const { queueMs, preprocessMs, computeMs, postprocessMs } = result.timing
  const inLane = queueMs + preprocessMs + computeMs + postprocessMs
  return {
    queueMs: startedAt - entry.acceptedAt,
    laneQueueMs: queueMs,
    transferMs: Math.max(0, endedAt - startedAt - inLane),
    preprocessMs,
    computeMs,
    postprocessMs,
    totalMs: endedAt - entry.acceptedAt,
    attempts: entry.attempts,
  }
}

function placementOf(replica: Replica, reason: string): Placement {
  const { adapter } = replica.lane
  return {
    connection: replica.connection,
    lane: replica.lane.id,
    browserId: replica.browser.id,
    browser: replica.browser.kind,
    browserVersion: replica.browser.version,
    backend: replica.lane.backend,
    adapter: adapter ? (adapter.software ? 'software' : 'hardware') : 'none',
    threads: replica.lane.threads,
    reason,
  }
}
