// What this machine has left, and what the browsers take of it, as one reading. Real files and processes; what is read
// costs more than a count, so that nobody waits for it.

import { busyShare, type CpuReading, readCpu } from './cpu.ts'
import { readBrowserMemory, readMemory } from './memory.ts'
import type { Resources } from './Sample.ts'

/** Takes a reading: of the machine, and of the process trees below these. undefined where it cannot be read. */
export type ReadResources = (browserPids: readonly number[]) => Promise<Resources | undefined>

/** A reader; the processors' busy share is that since its last reading. */
export function machineResources(): ReadResources {
  let before: Promise<CpuReading> = readCpu(performance.now())
  return async pids => {
    const earlier = before
    before = readCpu(performance.now())
    // A reading that fails (a system without such figures) leaves the ceiling that rests on it out.
    const [memory, browsers, cpuBefore, cpu] = await Promise.all([
      readMemory().catch(() => undefined),
      readBrowserMemory(pids).catch(() => undefined),
      earlier,
      before,
    ])
    if (memory === undefined) return undefined
    return {
      usedBytes: memory.usedBytes,
      limitBytes: memory.limitBytes,
      browserBytes: browsers?.bytes,
      browserBytesOf: browsers?.bytesOf ?? new Map(),
      browserBytesAre: browsers?.are ?? 'PSS',
      cpuBusy: busyShare(cpuBefore, cpu),
      cores: cpu.cores,
      sources: { memory: memory.source, cpu: cpu.source },
    }
  }
}
