// What is known of how well each connection does: its runs of late, its latency against its own past, its losses, and
// a breaker for it and for each model on it. It is told of ends and asked for standings; it stops and recycles nothing.

import { Breaker, type BreakerRef } from './Breaker.ts'
import type { BreakerEvent, BreakerSnapshot } from './breaker.machine.ts'
import { LatencyDrift, median } from './LatencyDrift.ts'
import type { Standing } from './Standing.ts'
import { degradedBelow, type HealthFacts, type HealthScore, healthScore, recoveredFrom } from './score.ts'
import type { Trouble } from './Trouble.ts'
import { noVitals, ownVitals, type Vitals } from './Vitals.ts'

export interface HealthOptions {
  readonly now: () => number
  /** Starts a breaker's actor. */
  readonly startBreaker: (id: string) => Promise<BreakerRef>
  /**
   * Hears that a breaker lets work pass that it barred before, or that a connection is well again though no run ended: by
   * itself nothing else would give out what waits.
   */
  readonly onPassable?: () => void
}

/** How a run on a connection ended, as far as it says anything about the connection. */
export type RunEnd =
  | { readonly _tag: 'answered'; readonly serviceMs: number }
  /** Through no fault of the caller's. */
  | { readonly _tag: 'failed' }
  | { readonly _tag: 'noVerdict' }

export interface ConnectionHealth extends HealthScore {
  readonly connection: string
  readonly breaker: BreakerSnapshot['value']
  /** Models whose breaker on this connection is not closed. */
  readonly barredModels: readonly string[]
}

/** Outcomes that are remembered. */
const outcomesKept = 20
const dropsWithinMs = 5 * 60_000
/** How long the past of a connection that is gone is kept for its return. */
const pastKeptMs = 10 * 60_000

interface ModelRecord {
  readonly breaker: Breaker
  readonly drift: LatencyDrift
}

interface ConnectionRecord {
  readonly breaker: Breaker
  readonly models: Map<string, ModelRecord>
  readonly outcomes: boolean[]
  consecutiveFailures: number
  health: HealthScore
  vitals: Vitals
  /** Since when it scores too low, and how many runs ended since. */
  degraded: { readonly since: number; runs: number } | undefined
}

export class Health {
  readonly #options: HealthOptions
  readonly #connections = new Map<string, ConnectionRecord>()
  readonly #drops = new Map<string, number[]>()
  /** By connection: how fast each model was on a page that is gone. A page that takes its place is held against that. */
  readonly #pasts = new Map<string, { readonly at: number; readonly drifts: Map<string, LatencyDrift> }>()

  constructor(options: HealthOptions) {
    this.#options = options
  }

  up(connection: string): void {
    if (this.#connections.has(connection)) return
    const record: ConnectionRecord = {
      breaker: this.#breaker(connection),
      models: new Map(),
      outcomes: [],
      consecutiveFailures: 0,
      health: { score: 100, reasons: [] },
      vitals: noVitals,
      degraded: undefined,
    }
    this.#connections.set(connection, record)
    this.#judge(connection, record)
  }

  /** It is gone: lost, unless that `wasIntended`, as when its page is loaded again on purpose. */
  down(connection: string, wasIntended = false): void {
    const record = this.#connections.get(connection)
    if (!record) return
    this.#connections.delete(connection)
    const drifts = new Map([...record.models].map(([model, { drift }]) => [model, drift.heir()]))
    this.#pasts.set(connection, { at: this.#options.now(), drifts })
    this.#forgetOld()
    for (const { breaker } of [record, ...record.models.values()]) breaker.stop()
    if (!wasIntended) this.#drops.set(connection, [...this.#recentDrops(connection), this.#options.now()])
  }

  /** The model is gone for good: what was known of it troubles no connection any more. */
  forget(model: string): void {
    for (const { drifts } of this.#pasts.values()) drifts.delete(model)
    const held = [...this.#connections].filter(([, { models }]) => models.has(model))
    for (const [, { models }] of held) {
      models.get(model)?.breaker.stop()
      models.delete(model)
    }
    this.#judgeAnew(held)
  }

  /** Work of the model is given to the connection. */
  given(connection: string, model: string): void {
    const record = this.#connections.get(connection)
    if (record) this.#modelOf(connection, record, model)
    this.#tell(connection, model, 'admitted')
  }

  ended(connection: string, model: string, end: RunEnd): void {
    const record = this.#connections.get(connection)
    if (!record) return
    if (end._tag === 'noVerdict') {
      this.#tell(connection, model, 'noVerdict')
      return
    }
    const succeeded = end._tag === 'answered'
    record.outcomes.push(succeeded)
    if (record.outcomes.length > outcomesKept) record.outcomes.shift()
    record.consecutiveFailures = succeeded ? 0 : record.consecutiveFailures + 1
    if (record.degraded) record.degraded.runs++
    const drift = record.models.get(model)?.drift
    if (end._tag === 'answered' && drift) {
      const isHeld = this.#judgesOf(connection, model, drift).length > 0
      drift.add(end.serviceMs, this.#options.now(), isHeld ? 'keep' : 'learn')
    }
    this.#tell(connection, model, succeeded ? 'success' : 'failure')
    this.#judge(connection, record)
  }

  /** What is seen of each connection now beside its runs. */
  look(seen: ReadonlyMap<string, Vitals>): void {
    for (const [connection, record] of this.#connections) {
      const own = seen.get(connection)
      const others = [...seen].flatMap(([other, vitals]) => (other === connection ? [] : vitals))
      record.vitals = own === undefined ? noVitals : ownVitals(own, others)
    }
    this.#judgeAnew(this.#connections)
  }

  standing(connection: string, model: string): Standing {
    const record = this.#connections.get(connection)
    if (!record) return 'ok'
    const passages = [record.breaker.passage, record.models.get(model)?.breaker.passage]
    if (passages.includes('barred')) return 'barred'
    if (passages.includes('trial')) return 'trial'
    return isWell(record) ? 'ok' : 'degraded'
  }

  list(): readonly ConnectionHealth[] {
    return [...this.#connections].map(([connection, { breaker, models, health }]) => ({
      connection,
      ...health,
      breaker: breaker.value,
      barredModels: [...models].flatMap(([model, record]) =>
        record.breaker.passage === 'free' ? [] : [model],
      ),
    }))
  }

  /** How each connection is troubled that rest and trials may not mend. */
  troubles(): readonly Trouble[] {
    return [...this.#connections].map(([connection, { breaker, models, degraded }]) => {
      const others = [...this.#connections].filter(([other]) => other !== connection)
      return {
        connection,
        openings: breaker.openings,
        modelOpenings: Math.max(0, ...[...models.values()].map(model => model.breaker.openings)),
        degradedMs: degraded === undefined ? 0 : this.#options.now() - degraded.since,
        degradedRuns: degraded?.runs ?? 0,
        hasPeers: others.some(([, { models: theirs }]) =>
          [...models.keys()].some(model => theirs.has(model)),
        ),
      }
    })
  }

  /** A run may end when its model is gone already: then it says something of the connection only. */
  #tell(connection: string, model: string, type: BreakerEvent['type']): void {
    const record = this.#connections.get(connection)
    if (!record) return
    record.breaker.tell({ type })
    record.models.get(model)?.breaker.tell({ type })
  }

  #modelOf(connection: string, record: ConnectionRecord, model: string): ModelRecord {
    const known = record.models.get(model)
    if (known) return known
    const drift =
      this.#pasts.get(connection)?.drifts.get(model)?.heir() ?? new LatencyDrift(this.#options.now())
    const made = { breaker: this.#breaker(`${connection}.${model}`), drift }
    record.models.set(model, made)
    return made
  }

  #breaker(id: string): Breaker {
    const { startBreaker, onPassable = () => {} } = this.#options
    return new Breaker({ start: () => startBreaker(id), onPassable })
  }

  /** Where no run has ended: those that come out of it well again are told of, once all are judged. */
  #judgeAnew(records: Iterable<readonly [connection: string, record: ConnectionRecord]>): void {
    let isWellAgain = false
    for (const [connection, record] of records) {
      const wasWell = isWell(record)
      this.#judge(connection, record)
      isWellAgain ||= !wasWell && isWell(record)
    }
    if (isWellAgain) this.#options.onPassable?.()
  }

  #judge(connection: string, record: ConnectionRecord): void {
    const { outcomes, consecutiveFailures, vitals } = record
    record.health = healthScore({
      ...vitals,
      runs: outcomes.length,
      failures: outcomes.filter(succeeded => !succeeded).length,
      consecutiveFailures,
      ...this.#drifts(connection, record),
      drops: this.#recentDrops(connection).length,
    })
    const { score } = record.health
    if (score < degradedBelow) record.degraded ??= { since: this.#options.now(), runs: 0 }
    else if (score >= recoveredFrom) record.degraded = undefined
  }

  /** The worst of its models. What all connections of a model share (a busy machine, larger inputs) is not its own. */
  #drifts(connection: string, { models }: ConnectionRecord): Pick<HealthFacts, 'drift' | 'loneDrift'> {
    const [own, lone]: [number[], number[]] = [[], []]
    for (const [model, { drift }] of models) {
      if (drift.ratio === undefined) continue
      const judges = this.#judgesOf(connection, model, drift)
      if (judges.length === 0) lone.push(drift.ratio)
      else own.push(drift.ratio / Math.max(1, median(judges)))
    }
    return { drift: greatest(own), loneDrift: greatest(lone) }
  }

  /**
   * The drifts of others that it may be held against: those that were there in its past. To one that came when everybody
   * was asked for more already, that is as ever.
   */
  #judgesOf(connection: string, model: string, { pastAt }: LatencyDrift): number[] {
    if (pastAt === undefined) return []
    return [...this.#connections].flatMap(([other, { models }]) => {
      const theirs = other === connection ? undefined : models.get(model)?.drift
      return theirs?.ratio === undefined || theirs.since > pastAt ? [] : theirs.ratio
    })
  }

  #forgetOld(): void {
    const now = this.#options.now()
    for (const [id, { at }] of this.#pasts) if (now - at > pastKeptMs) this.#pasts.delete(id)
    for (const id of this.#drops.keys()) if (this.#recentDrops(id).length === 0) this.#drops.delete(id)
  }

  #recentDrops(connection: string): number[] {
    const since = this.#options.now() - dropsWithinMs
    return (this.#drops.get(connection) ?? []).filter(at => at >= since)
  }
}

function isWell({ health }: ConnectionRecord): boolean {
  return health.score >= degradedBelow
}

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values)
}
