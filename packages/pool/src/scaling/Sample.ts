// One look at the pool: what the scaler is told, a few times a second. Data only.

import type { SlowdownLevel } from './Concurrency.ts'

/** Counts are since the sample before. */
export interface Sample {
  /** Milliseconds on the pool's clock. */
  readonly at: number
  readonly arrivals: number
  readonly waiting: number
  readonly running: number
  /** Connections up. */
  readonly ready: number
  /** Connections up or on their way; one that drains counts until it is gone. */
  readonly started: number
  /** Requests answered. */
  readonly served: number
  /** Milliseconds that lanes were busy with those. */
  readonly servedMs: number
  /** How much longer than usual requests take, by the number of busy lanes; see `Concurrency`. */
  readonly slowdown: readonly SlowdownLevel[]
  /** Mean milliseconds from a step out until the connection served; undefined before one was seen. */
  readonly startUpMs: number | undefined
  /** What the machine has left; undefined where it was not read. */
  readonly resources: Resources | undefined
  /**
   * `started` and `ready` when that reading was begun, which is older than this look; absent: as they are now. What a
   * reading leaves room for counts from these: a step since then is not in it.
   */
  readonly atReading?: { readonly started: number; readonly ready: number }
}

/** Bytes and shares of the machine, or of the container that limits the pool. */
export interface Resources {
  /** Memory in use that cannot simply be taken back. */
  readonly usedBytes: number
  /** What may be used at most. */
  readonly limitBytes: number
  /** What the pool's browsers use together; undefined before one runs. */
  readonly browserBytes: number | undefined
  /** Of each, by its process. */
  readonly browserBytesOf?: ReadonlyMap<number, number>
  /** `upper bound`: the system tells RSS only, which counts shared pages many times. */
  readonly browserBytesAre: 'PSS' | 'RSS, an upper bound'
  /** Share of the cores that was busy since the last reading, 0–1. */
  readonly cpuBusy: number
  readonly cores: number
  /** Where the figures are from: the group of processes (container) that limits this one, or the whole system. */
  readonly sources?: Readonly<Record<'memory' | 'cpu', 'cgroup v2' | 'cgroup v1' | 'system'>>
}
