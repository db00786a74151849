// Memory over a long load: what this process holds, and what the browsers' processes take together. It reads, it judges
// nothing.

import { processTree } from '@shoal/browser-bridge'
import type { ResourcePool } from '@shoal/pool'
import type { Point } from '../output/chart.ts'
import { rest } from '../rest.ts'
import { liveBytes } from './liveBytes.ts'

export interface MemoryReadings {
  /** Seconds from the start of the load, and bytes after a full collection. */
  readonly host: readonly Point[]
  /** Proportional set size of all browsers; empty where the system does not tell it. */
  readonly browsers: readonly Point[]
}

/** From one reading to the next: each takes some tenths of a processor's second. */
const paceMs = 5000

/** Reads until the signal fires. */
export async function watchMemory(
  pool: ResourcePool,
  elapsed: () => number,
  signal: AbortSignal,
): Promise<MemoryReadings> {
  const host: Point[] = []
  const browsers: Point[] = []
  while (!signal.aborted) {
    host.push({ x: elapsed() / 1000, y: liveBytes() })
    const trees = await Promise.all(pool.browsers().flatMap(({ pid }) => (pid ? processTree(pid) : [])))
    const sizes = trees.flatMap(({ pssBytes }) => pssBytes ?? [])
    if (sizes.length > 0 && sizes.length === trees.length)
      browsers.push({ x: elapsed() / 1000, y: sizes.reduce((sum, size) => sum + size, 0) })
    await rest(paceMs, signal)
  }
  return { host, browsers }
}
