// Readings of this machine's processors: how many this process may use and how busy those are; the container's where one
// limits it (cgroup v2 or v1), since the system's own figures are then those of its neighbours too. Readings only.

import { availableParallelism, cpus } from 'node:os'
import { legacyPath, numberIn, pathsUpFrom, type ReadText, readText, statIn, unifiedPath } from './cgroup.ts'

/** Busy and all processor time since some moment, in milliseconds of one core. */
export interface CpuTimes {
  readonly busyMs: number
  readonly allMs: number
}

export interface CpuReading extends CpuTimes {
  /** As many as may be used: no whole number where a container may use a part of one. */
  readonly cores: number
  readonly source: 'cgroup v2' | 'cgroup v1' | 'system'
}

/** The tightest limit on this process, or all processors where there is none. */
export async function readCpu(now: number, read: ReadText = readText): Promise<CpuReading> {
  const all = availableParallelism()
  const groups = await read('/proc/self/cgroup').catch(() => '')
  const limits = [...(await unified(groups, read)), ...(await legacy(groups, read))]
  const tightest = limits.toSorted((a, b) => a.cores - b.cores)[0]
  if (tightest === undefined || tightest.cores >= cpus().length)
    return { ...systemTimes(), cores: all, source: 'system' }
  const { cores, busyMs, source } = tightest
  return { cores, busyMs, allMs: now * cores, source }
}

/** Share of the processors that was busy between two readings; 0 where they are of different sources. */
export function busyShare(before: CpuReading, after: CpuReading): number {
  const all = after.allMs - before.allMs
  if (all <= 0 || before.source !== after.source) return 0
  return Math.min(1, Math.max(0, (after.busyMs - before.busyMs) / all))
}

type Limit = Pick<CpuReading, 'cores' | 'busyMs' | 'source'>

async function unified(groups: string, read: ReadText): Promise<Limit[]> {
  const path = unifiedPath(groups)
  if (path === undefined) return []
  const limits = pathsUpFrom('/sys/fs/cgroup', path).map(async (folder): Promise<Limit[]> => {
    const [quota, period] = (await read(`${folder}/cpu.max`).catch(() => '')).trim().split(' ').map(Number)
    const busyMs = (await statIn(`${folder}/cpu.stat`, 'usage_usec', read)) / 1000
    return limitOf(quota, period, busyMs, 'cgroup v2')
  })
  return (await Promise.all(limits)).flat()
}

async function legacy(groups: string, read: ReadText): Promise<Limit[]> {
  const [path, accounts] = [legacyPath(groups, 'cpu'), legacyPath(groups, 'cpuacct')]
  if (path === undefined || accounts === undefined) return []
  const used = pathsUpFrom('/sys/fs/cgroup/cpuacct', accounts)
  const limits = pathsUpFrom('/sys/fs/cgroup/cpu', path).map(async (folder, at): Promise<Limit[]> => {
    const quota = await numberIn(`${folder}/cpu.cfs_quota_us`, read)
    const period = await numberIn(`${folder}/cpu.cfs_period_us`, read)
    // Nanoseconds beyond 2^60, thirty-six years of one core, are read as none.
    const busyMs = ((await numberIn(`${used[at]}/cpuacct.usage`, read)) ?? 0) / 1e6
    return limitOf(quota, period, busyMs, 'cgroup v1')
  })
  return (await Promise.all(limits)).flat()
}

/** None where the quota is no number (`max`) or negative (version 1's word for it), or where no time is told. */
function limitOf(
  quota: number | undefined,
  period: number | undefined,
  busyMs: number,
  source: CpuReading['source'],
): Limit[] {
  if (!quota || !period || !(quota > 0) || !(period > 0) || busyMs === 0) return []
  return [{ cores: quota / period, busyMs, source }]
}

function systemTimes(): CpuTimes {
  let [busyMs, allMs] = [0, 0]
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle
    allMs += all
    busyMs += all - times.idle
  }
  return { busyMs, allMs }
}
