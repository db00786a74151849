// The host as people see it: processors and memory, of the machine or of the container that limits the pool. Words for a
// reading that the scaler takes anyway; nothing is read here.

import type { Resources } from '../scaling/Sample.ts'

export type HostSource = 'cgroup v2' | 'cgroup v1' | 'system'

export interface HostMetrics {
  readonly cpu: {
    /** Busy share of the cores between the last two readings, 0 to 1. */
    readonly busyShare: number
    /** As many as may be used; a container may have a part of one. */
    readonly cores: number
    /** `system`: of the whole machine, its other processes included. */
    readonly source: HostSource
  }
  readonly memory: {
    /** Bytes that cannot simply be taken back. */
    readonly usedBytes: number
    readonly limitBytes: number
    readonly source: HostSource
  }
  /** What the pool's browsers take together; undefined before one runs, or where the system does not say. */
  readonly browsers: { readonly bytes: number; readonly are: Resources['browserBytesAre'] } | undefined
  /** Since the reading was taken, in milliseconds. */
  readonly ageMs: number
}

export function hostMetrics(resources: Resources, ageMs: number): HostMetrics {
  const { cpuBusy, cores, usedBytes, limitBytes, browserBytes, browserBytesAre, sources } = resources
  return {
    cpu: { busyShare: cpuBusy, cores, source: sources?.cpu ?? 'system' },
    memory: { usedBytes, limitBytes, source: sources?.memory ?? 'system' },
    browsers: browserBytes === undefined ? undefined : { bytes: browserBytes, are: browserBytesAre },
    ageMs,
  }
}
