// What comes back for an accepted request: the lane's result, where it ran and why there, and what each leg took.

import type { AnswerNumber, Backend, RunResult, Trust } from '@shoal/browser-bridge'
import type { Entry } from './admission/Entry.ts'
import type { ReleaseReason } from './batching/Batching.ts'
import type { AnyBrowser } from './fleet/Fleet.ts'
import type { Replica } from './Replica.ts'
import type { Work } from './Work.ts'

/** Where a request ran, and why there. */
export interface Placement {
  readonly connection: string
  readonly lane: string
  /** The browser's name in the pool; it outlives the process that is there now. */
  readonly browserId: string
  readonly browser: AnyBrowser
  readonly browserVersion: string
  /** `joined`: a device of somebody who opened the join address; of its answers a share is checked after they were given. */
  readonly trust: Trust
  readonly backend: Backend
  readonly adapter: 'hardware' | 'software' | 'none'
  readonly threads: number
  readonly reason: string
  /** Which answer of which worker in the page: no other answer has the same. Absent from pages that do not count. */
  readonly answer?: AnswerNumber
  /** The run it shared with others; absent where its model is not batched. */
  readonly batch?: BatchShare
}

/** A run that several requests shared. */
export interface BatchShare {
  /** Requests in it. */
  readonly size: number
  /** Which of them this one is, from 0. */
  readonly index: number
  /** Why it left when it did. */
  readonly released: ReleaseReason
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

export function timingOf(
  entry: Entry<Work, Answer>,
  result: RunResult,
  startedAt: number,
  endedAt: number,
): Timing {
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

export function placementOf(replica: Replica, reason: string): Placement {
  const { adapter } = replica.lane
  return {
    connection: replica.connection,
    lane: replica.lane.id,
    browserId: replica.browser.id,
    browser: replica.browser.kind,
    browserVersion: replica.browser.version,
    trust: replica.trust,
    backend: replica.lane.backend,
    adapter: adapter ? (adapter.software ? 'software' : 'hardware') : 'none',
    threads: replica.lane.threads,
    reason,
  }
}
