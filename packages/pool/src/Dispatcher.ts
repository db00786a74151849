// Who runs next: when a lane has a place free, the requests that should have it. It reads the ledger's heads, asks
// `route` for each, hands work to lanes and settles what comes back. It keeps no queue of its own, and it does not
// decide where models are loaded (the models' actors do), nor what goes together (batching/ does).

import { DeadlineExceeded as LaneDeadline, RemoteFailed } from '@shoal/browser-bridge'
import type { Answer } from './Answer.ts'
import type { Entry, Interruption } from './admission/Entry.ts'
import { NearestTimer } from './admission/NearestTimer.ts'
import type { ResolvedBatching } from './batching/Batching.ts'
import { gather } from './batching/gather.ts'
import type { Health } from './health/Health.ts'
import { type Job, jobOf } from './Job.ts'
import type { Ledger } from './Ledger.ts'
import type { LaneMetrics } from './metrics/PoolMetrics.ts'
import type { LaneKind, PerformanceHistory } from './PerformanceHistory.ts'
import type { Replica } from './Replica.ts'
import { Avoidance } from './routing/Avoidance.ts'
import type { Candidate } from './routing/Candidate.ts'
import { type Explored, route } from './routing/route.ts'
import { freed, release, requestsOn, type Slot, slotOf } from './Slot.ts'
import type { Work } from './Work.ts'
import { WorkAhead } from './WorkAhead.ts'

/** A run that nobody wants any more may take so many times what such runs take: a lane's end costs every model's load. */
const usualTimes = 4

/** How many of the oldest are looked at, where the first waits for another lane than where it failed. */
const furthest = 64

export interface DispatcherOptions {
  readonly ledger: Ledger<Work, Answer>
  readonly history: PerformanceHistory
  readonly health: Health
  readonly now: () => number
  /** How long a lane has to end a run that its callers gave up, in milliseconds, where such runs take no longer. */
  readonly terminateAfterMs: number
  /** Whether a browser is held ready for when the others cannot. Default: none is. */
  readonly isSpare?: (browser: string) => boolean
  /**
   * Hears how long a lane was busy with an answered request, in milliseconds, in how large a run, and how many lanes of
   * this machine were busy then.
   */
  readonly onServed?: (serviceMs: number, replica: Replica, batch: number, busyLanes: number) => void
  /** Hears each answer, before its caller does. */
  readonly onAnswered?: (model: string, answer: Answer, replica: Replica, work: Work) => void
}

export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #slots = new Map<string, Slot>()
  /** By model: what went to a lane to learn of it. */
  readonly #explored = new Map<string, Explored>()
  /** Connections that are given nothing more, and how often that was asked: one may have lanes that hold no model yet. */
  readonly #draining = new Map<string, number>()
  /** By model: how its requests go together. */
  readonly #policies = new Map<string, ResolvedBatching>()
  readonly #ahead = new WorkAhead()
  readonly #avoidance = new Avoidance()
  /** For what waits while a lane is free: batches for others, what failed there for another lane. */
  readonly #delays: NearestTimer

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#delays = new NearestTimer(options.now, () => this.pump())
  }

  addReplica(replica: Replica): void {
    const { lane, model } = replica
    const known = this.#slots.get(lane.id)
    // After a restart another lane may have the same name.
    const slot: Slot =
      known?.lane === lane
        ? known
        : slotOf(replica, this.#options.now(), this.#draining.has(replica.connection))
    this.#slots.set(lane.id, slot)
    slot.replicas.set(model, replica)
    if (replica.batching) this.#policies.set(model, replica.batching.policy)
    if (replica.warm) slot.ran.add(model)
    this.pump()
  }

  removeReplica(model: string, lane: string): void {
    const slot = this.#slots.get(lane)
    slot?.replicas.delete(model)
    slot?.ran.delete(model)
    if (this.replicasOf(model).length > 0) return
    this.#explored.delete(model)
    this.#policies.delete(model)
  }

  /** Gives the lane nothing more of the model, and resolves when what it has of it is done. */
  drainReplica(model: string, lane: string): Promise<void> {
    const slot = this.#slots.get(lane)
    this.removeReplica(model, lane)
    const runs = () => [...(slot?.running ?? []), ...(slot?.beside ?? [])].some(work => work.model === model)
    if (!slot || !runs()) return Promise.resolve()
    return new Promise(resolve => {
      const look = () => (runs() ? slot.onFreed.push(look) : resolve())
      slot.onFreed.push(look)
    })
  }

  /** A replica was given a run past the queue: its drain waits for that too. */
  occupied({ ...run }: Replica, end: Promise<unknown>): void {
    const slot = this.#slots.get(run.lane.id)
    if (slot?.lane !== run.lane) return
    slot.beside.add(run)
    const ended = () => {
      slot.beside.delete(run)
      freed(slot)
    }
    end.then(ended, ended)
  }

  /** The lane is gone; what ran on it comes back through its own rejections. */
  removeLane(lane: string): void {
    this.#slots.delete(lane)
  }

  /** The connection is gone, and every lane of it. */
  removeConnection(connection: string): void {
    this.#draining.delete(connection)
    for (const [id, slot] of this.#slots) if (slot.connection === connection) this.#slots.delete(id)
  }

  /**
   * Gives the connection nothing more until it is removed, and resolves when what it has is done. What is cut off then was
   * not the end of its lane.
   */
  async drainConnection(connection: string): Promise<void> {
    this.#draining.set(connection, (this.#draining.get(connection) ?? 0) + 1)
    const slots = [...this.#slots.values()].filter(slot => slot.connection === connection)
    await Promise.all(
      slots.map(slot => {
        if (slot.state === 'open') slot.state = 'draining'
        return slot.running.size === 0 ? undefined : new Promise<void>(resolve => slot.onIdle.push(resolve))
      }),
    )
  }

  /** Gives the connection work again, where it was drained once and is still there. */
  resumeConnection(connection: string): void {
    const others = (this.#draining.get(connection) ?? 0) - 1
    if (others > 0) {
      this.#draining.set(connection, others)
      return
    }
    this.#draining.delete(connection)
    for (const slot of this.#slots.values())
      if (slot.connection === connection && slot.state === 'draining') slot.state = 'open'
    this.pump()
  }

  /** The pool is closed: nothing waits any more. */
  close(): void {
    this.#delays.disarm()
  }

  replicasOf(model: string): Replica[] {
    return [...this.#slots.values()].flatMap(slot => slot.replicas.get(model) ?? [])
  }

  /** Requests on each lane now; its size is the number of lanes that hold a model. */
  load(): Map<string, number> {
    return new Map([...this.#slots].map(([id, slot]) => [id, requestsOn(slot)]))
  }

  /** What each lane that holds a model does. */
  lanes(): readonly LaneMetrics[] {
    const load = this.load()
    const now = this.#options.now()
    return [...this.#slots.values()].flatMap(({ lane, connection, replicas, busy }) => {
      const [first] = replicas.values()
      if (!first) return []
      return {
        lane: lane.id,
        connection,
        browser: first.browser.kind,
        backend: lane.backend,
        threads: lane.threads,
        models: [...replicas.keys()],
        running: load.get(lane.id) ?? 0,
        busyShare: busy.at(now),
      }
    })
  }

  /** Gives out what can be given out. Called whenever a request, a place or a replica has come. */
  pump(): void {
    const { ledger, now } = this.#options
    this.#ahead.look(this.#slots.values(), now())
    // What was given changes whose turn is next, so each one is chosen anew.
    while (ledger.heads().some(head => this.#giveNext(head.model)));
    const again = this.#ahead.lookAgainAt(this.#slots.values(), now())
    if (again !== undefined && ledger.counts().waiting > 0) this.#delays.arm(again)
  }

  /** What routing would choose from for a model, now; asking changes nothing. */
  candidates(model: string): Candidate[] {
    const candidates: Candidate[] = []
    const now = this.#options.now()
    const busyNow = this.#busyLanes()
    const batch = this.#nextBatch(model)
    for (const slot of this.#slots.values()) {
      const replica = slot.replicas.get(model)
      if (!replica || slot.state !== 'open') continue
      const kind = kindOf(replica)
      // Given to an idle lane it would make one more that is busy.
      const busy = busyNow + (slot.running.size === 0 ? 1 : 0)
      const beside = replica.trust === 'own' ? { batch, busy } : { batch }
      const known = this.#options.history.serviceTime(model, kind, beside)
      candidates.push({
        lane: slot.lane.id,
        connection: slot.connection,
        ...kind,
        trust: replica.trust,
        credits: slot.lane.depth - slot.running.size,
        pending: [...slot.running].filter(job => job.model === model).length,
        // Beside as many busy lanes as there would be.
        aheadMs: this.#ahead.ms(slot, now, job => this.#expectedMs(job.replica, job.entries.length, busy)),
        serviceMs: known && known.meanMs * batch,
        samples: known?.samples ?? 0,
        coldMs: slot.ran.has(model)
          ? undefined
          : this.#options.history.serviceTime(model, kind, { first: true })?.meanMs,
        preference: replica.preference,
        ...(replica.preferred === undefined ? {} : { preferred: replica.preferred }),
        software: slot.lane.adapter?.software === true,
        standing: this.#options.health.standing(slot.connection, model),
        idleMs: now - slot.lastGivenAt,
        isSpare: this.#options.isSpare?.(replica.browser.id) ?? false,
      })
    }
    return candidates
  }

  /** Requests that would leave together, were a lane free now: what is expected is the end of the run that they share. */
  #nextBatch(model: string): number {
    const { ledger, now } = this.#options
    const policy = this.#policies.get(model)
    if (policy === undefined) return 1
    const gathered = gather(ledger.waitingOf(model), policy, now())
    return gathered._tag === 'leave' ? gathered.entries.length : 1
  }

  /** Of each request of a run of that size. */
  #expectedMs(replica: Replica, batch = 1, busy?: number): number | undefined {
    const context = busy === undefined || replica.trust !== 'own' ? { batch } : { batch, busy }
    return this.#options.history.serviceTime(replica.model, kindOf(replica), context)?.meanMs
  }

  /** Whether something of the model was given to a lane. */
  #giveNext(model: string): boolean {
    const waiting = this.#options.ledger.waitingOf(model)
    const [head] = waiting
    if (head === undefined) return false
    const candidates = this.candidates(model)
    if (this.#openTo(head, candidates) === candidates) return this.#giveOf(waiting, candidates)
    // What waits for another lane than where it failed holds up nothing behind it.
    const near = waiting.slice(0, furthest)
    const free: Entry<Work, Answer>[] = []
    for (const entry of near) {
      const open = this.#openTo(entry, candidates)
      if (open === candidates) free.push(entry)
      else if (free.length === 0 && this.#giveOf([entry], open)) return true
    }
    return this.#giveOf(free, candidates)
  }

  /** The same where nothing keeps it from any of them. */
  #openTo(entry: Entry<Work, Answer>, candidates: readonly Candidate[]): readonly Candidate[] {
    const laneOf = ({ lane }: Candidate) => this.#slots.get(lane)?.lane
    const open = this.#avoidance.open(entry, candidates, laneOf, this.#options.now())
    if (open.until !== undefined) this.#delays.arm(open.until)
    return open.candidates
  }

  /** Whether one of these was given, or several that go together; the first before the others. */
  #giveOf(waiting: readonly Entry<Work, Answer>[], candidates: readonly Candidate[]): boolean {
    const [first] = waiting
    if (first === undefined) return false
    const { model } = first
    const explored = this.#explored.get(model)
    const choice = route(candidates, explored)
    if (choice._tag === 'wait') return false
    const slot = this.#slots.get(choice.lane)
    const replica = slot?.replicas.get(model)
    if (!slot || !replica) return false
    const now = this.#options.now()
    const gathered = gather(waiting, replica.batching?.policy, now)
    if (gathered._tag === 'wait') {
      this.#delays.arm(now + gathered.ms)
      return false
    }
    const known = this.#expectedMs(replica, gathered.entries.length)
    const expectedMs = known ?? 1
    const allMs = expectedMs * gathered.entries.length
    this.#explored.set(model, {
      routedMs: (explored?.routedMs ?? 0) + allMs,
      exploredMs: (explored?.exploredMs ?? 0) + (choice.basis === 'exploration' ? allMs : 0),
    })
    const signals = gathered.entries.map(entry => this.#options.ledger.start(entry, expectedMs))
    // Of a lane's first run, which compiles, and of what was never measured, only the deadline says how long it may take.
    const usualMs = known !== undefined && slot.ran.has(model) ? usualTimes * allMs : undefined
    const patience = { atLeastMs: this.#options.terminateAfterMs, usualMs }
    const job = jobOf(gathered, signals, replica, choice.reason, now, patience)
    this.#give(job, slot)
    return true
  }

  #give(job: Job, slot: Slot): void {
    const { health } = this.#options
    const { model, replica, entries } = job
    slot.running.add(job)
    slot.busy.set(true, job.startedAt)
    slot.lastGivenAt = job.startedAt
    health.given(slot.connection, model)
    job
      .run(slot.lane)
      .then(
        result => {
          const endedAt = this.#options.now()
          const serviceMs = (endedAt - job.startedAt - result.timing.queueMs) / entries.length
          const busy = this.#busyLanes()
          const kind = kindOf(replica)
          const first = !slot.ran.has(model)
          slot.ran.add(model)
          if (!first) this.#ahead.served(serviceMs)
          for (const _ of entries) {
            this.#options.history.record(model, kind, serviceMs, { batch: entries.length, busy, first })
            this.#options.onServed?.(serviceMs, replica, entries.length, busy)
          }
          health.ended(slot.connection, model, { _tag: 'answered', serviceMs })
          release(slot, job, this.#options.now())
          for (const [entry, answer] of job.answers(result, endedAt)) {
            // Its caller may be gone, while others of the batch waited for theirs: then nobody gets it.
            if (entry.state._tag !== 'running') continue
            this.#options.onAnswered?.(model, answer, replica, entry.input)
            this.#options.ledger.answer(entry, answer)
          }
        },
        (error: unknown) => {
          health.ended(slot.connection, model, { _tag: mayRunAgain(error) ? 'failed' : 'noVerdict' })
          release(slot, job, this.#options.now())
          this.#unfinished(job, slot, error)
        },
      )
      .catch((error: unknown) => this.#unfinished(job, slot, error))
      .finally(() => this.pump())
  }

  /** Of this machine's: those of devices hinder nobody here. */
  #busyLanes(): number {
    let busy = 0
    for (const { running } of this.#slots.values()) {
      const [job] = running
      if (job?.replica.trust === 'own') busy++
    }
    return busy
  }

  #unfinished({ entries }: Job, slot: Slot, error: unknown): void {
    const { ledger, now } = this.#options
    const lane = slot.lane.id
    for (const entry of entries) this.#avoidance.failed(entry, slot.lane, now())
    if (mayRunAgain(error)) {
      const _tag = this.#interruption(slot, error)
      for (const entry of entries) ledger.runAgain(entry, { _tag, lane, cause: error })
      return
    }
    const [first, ...others] = entries
    // Which of them it was that could not be done is found out by running each alone.
    if (others.length > 0)
      for (const entry of entries) ledger.runAgain(entry, { _tag: 'batchFailed', lane, cause: error })
    else if (first) this.#fail(first, error)
  }

  #fail(entry: Entry<Work, Answer>, error: unknown): void {
    // The lane's word for the same deadline may come before the ledger's own timer.
    if (error instanceof LaneDeadline) this.#options.ledger.expire(entry)
    else this.#options.ledger.fail(entry, error)
  }

  /** The oldest run that it was given need not be what the lane was at: loads, checks and abandoned runs are there too. */
  #interruption(slot: Slot, error: unknown): Interruption['_tag'] {
    if (error instanceof RemoteFailed) return 'failed'
    if (slot.state === 'open') slot.state = 'died'
    else if (slot.state === 'draining') slot.state = 'closed'
    return slot.state === 'died' && hasBegun(error) ? 'laneDied' : 'bystander'
  }
}

function hasBegun(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'begun' in error && error.begun === true
}

function mayRunAgain(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'mayRunAgain' in error && error.mayRunAgain === true
}

function kindOf({ browser, trust, lane }: Replica): LaneKind {
  // Two browsers of a kind on this machine are alike; two phones are not.
  return { browser: trust === 'own' ? browser.kind : browser.id, backend: lane.backend }
}
