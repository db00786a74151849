// One lane as the dispatcher keeps it: what it holds, what is on it now, and who waits for it to be free. Hot, so it is
// plain and changed in place. It decides nothing.

import type { Lane } from '@shoal/browser-bridge'
import type { Job } from './Job.ts'
import { BusyShare } from './metrics/BusyShare.ts'
import type { Replica } from './Replica.ts'

/** Work that was not given to the lane here, as it was seen by looking, in milliseconds of the pool's clock. */
interface SeenAtWork {
  readonly since: number
  /** It may have begun so much earlier. */
  readonly unseenMs: number
}

export interface Slot {
  readonly lane: Lane
  readonly connection: string
  readonly replicas: Map<string, Replica>
  /** Models that have run on it: the first run of each compiles and allocates. */
  readonly ran: Set<string>
  readonly running: Set<Job>
  /** Runs that were given to it past the queue, as a check of a device's answer. */
  readonly beside: Set<Replica>
  /**
   * `died` and `closed`: it is gone, and the work on it comes back. One that drained was closed by the pool itself, when that
   * had waited for long enough.
   */
  state: 'open' | 'draining' | 'died' | 'closed'
  readonly busy: BusyShare
  lastGivenAt: number
  /** When the latest run there ended: the next one began then. */
  lastEndedAt: number
  /** What it was seen at that was not given to it here. */
  other: SeenAtWork | undefined
  onIdle: (() => void)[]
  /** Called once, at the end of the next run. */
  onFreed: (() => void)[]
}

/** @param drains nothing is to be given to it */
export function slotOf({ lane, connection }: Replica, now: number, drains: boolean): Slot {
  return {
    lane,
    connection,
    replicas: new Map(),
    ran: new Set(),
    running: new Set(),
    beside: new Set(),
    state: drains ? 'draining' : 'open',
    busy: new BusyShare(now),
    lastGivenAt: now,
    lastEndedAt: now,
    other: undefined,
    onIdle: [],
    onFreed: [],
  }
}

export function requestsOn({ running }: Slot): number {
  return [...running].reduce((sum, { entries }) => sum + entries.length, 0)
}

/** A run has ended there. Before its callers are told, who may ask for the next place at once. */
export function release(slot: Slot, job: Job, now: number): void {
  slot.running.delete(job)
  slot.lastEndedAt = now
  freed(slot)
  if (slot.running.size > 0) return
  slot.busy.set(false, now)
  for (const resolve of slot.onIdle.splice(0)) resolve()
}

export function freed(slot: Slot): void {
  for (const look of slot.onFreed.splice(0)) look()
}
