// Everything that is measured of a pool, as one picture at one moment: what `pool.metrics()` gives. Numbers only come
// in here; nothing decides by it. Breakers are with the connection that they stand before, in `health`.

import type { Backend } from '@shoal/browser-bridge'
import type { AnyBrowser } from '../fleet/Fleet.ts'
import type { LadderMetrics } from '../fleet/Ladder.ts'
import type { RemedyMetrics } from '../fleet/Remedies.ts'
import type { HealthSummary } from '../health/summary.ts'
import type { LedgerCounts } from '../Ledger.ts'
import type { ReplicaState } from '../model/model.machine.ts'
import type { Quarantine, SpotCheckCounts } from '../routing/SpotChecks.ts'
import type { Decision } from '../scaling/Decision.ts'
import type { ConnectionMetrics } from './ConnectionMetrics.ts'
import type { HostMetrics } from './HostMetrics.ts'
import type { LatencyRow } from './Latencies.ts'
import type { RestartMetrics } from './Restarts.ts'

export interface PoolMetrics {
  readonly requests: LedgerCounts & {
    /** Answered each second, of late. */
    readonly answeredPerSecond: number
    /** Waiting, by model. */
    readonly waitingOf: Readonly<Record<string, number>>
  }
  /** Connections that are up. */
  readonly connections: number
  /** Each connection of the pool's own, those that are on their way included: to be counted by browser and state. */
  readonly connectionStates: readonly ConnectionMetrics[]
  /** undefined until it was first read, within the first seconds. */
  readonly host: HostMetrics | undefined
  readonly lanes: readonly LaneMetrics[]
  readonly models: readonly ModelMetrics[]
  /** What answers took, by model × browser × back-end. */
  readonly latencies: readonly LatencyRow[]
  /** Browser processes and pages that were started again. */
  readonly restarts: RestartMetrics
  /** What fell, by which step it was helped up, and how long each part of that took. */
  readonly ladder: LadderMetrics
  /** What was done about connections that did not become well by themselves. */
  readonly remedies: RemedyMetrics
  readonly scaling: {
    /** The latest one, with what it rests on. */
    readonly decision: Decision
    /**
     * The latest 200 that differed from the one before in what is done, to how many, or why (for a ceiling: which), oldest
     * first, each with what it rested on then (`grounds.at`). What was so at some moment is the last one before it.
     */
    readonly decisions: readonly Decision[]
    readonly stepsOut: number
    readonly stepsIn: number
    /** Steps in that were called off while the connection drained, because it was wanted again. */
    readonly calledOff: number
    /** The latest steps that were taken, oldest first. */
    readonly steps: readonly Decision[]
    /** Why the step that is wanted now could not be taken; undefined where none failed. It is tried again. */
    readonly lastFailure: string | undefined
  }
  /** Devices that are here, and how many were refused or shut out, by code. Absent where none may join. */
  readonly join?: {
    readonly devices: number
    readonly refusals: Readonly<Record<string, number>>
    /** Answers of devices that were computed again on an own lane. */
    readonly checks: SpotCheckCounts
    /** Devices that were sent home for a wrong answer, and why. */
    readonly quarantined: readonly Quarantine[]
  }
  /** Scores and breakers. */
  readonly health: HealthSummary
}

export interface LaneMetrics {
  readonly lane: string
  readonly connection: string
  readonly browser: AnyBrowser
  readonly backend: Backend
  readonly threads: number
  /** Models that it holds. */
  readonly models: readonly string[]
  /** Requests on it now. */
  readonly running: number
  /** The share of late that it was at work, 0 to 1. */
  readonly busyShare: number
}

export interface ModelMetrics {
  /** As in `latencies` and `lanes`. */
  readonly id: string
  readonly name: string
  /** Of its content; undefined until its files are found. */
  readonly version: string | undefined
  readonly state: string
  /** By connection. */
  readonly replicas: Readonly<Record<string, ReplicaState>>
}
