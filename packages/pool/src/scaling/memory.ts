// Readings of this machine: what memory is used and allowed (the container's where one limits it, cgroup v2 or v1),
// what the browsers' process trees take, and how busy the processors are. Readings only; what they forbid is
// ceilings.ts's.

import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { processTree } from '@shoal/browser-bridge'

export interface MemoryReading {
  readonly usedBytes: number
  readonly limitBytes: number
  readonly source: 'cgroup v2' | 'cgroup v1' | 'system'
}

/** Reads a file whole; rejects where there is none. */
export type ReadText = (path: string) => Promise<string>

const readText: ReadText = path => readFile(path, 'utf8')

/** The tightest limit on this process: its own container's, one around it, or the machine's. */
export async function readMemory(read: ReadText = readText): Promise<MemoryReading> {
  const system = await systemMemory(read)
  const groups = await read('/proc/self/cgroup').catch(() => '')
  const limits = [...(await unified(groups, read)), ...(await legacy(groups, read))]
  return limits.reduce<MemoryReading>(
    (tightest, one) => (roomOf(one) < roomOf(tightest) && one.limitBytes > 0 ? one : tightest),
    system,
  )
}

function roomOf({ usedBytes, limitBytes }: MemoryReading): number {
  return limitBytes - usedBytes
}

async function systemMemory(read: ReadText): Promise<MemoryReading> {
  const info = await read('/proc/meminfo').catch(() => '')
  const limitBytes = kibOf(info, 'MemTotal') ?? totalmem()
  // Free memory alone would count every file's cache as used.
  return { usedBytes: limitBytes - (kibOf(info, 'MemAvailable') ?? freemem()), limitBytes, source: 'system' }
}

function kibOf(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return found === undefined ? undefined : Number(found) * 1024
}

/** Line `0::/path`; in a container the path may be one of the host's, where the root is all there is to see. */
async function unified(groups: string, read: ReadText): Promise<MemoryReading[]> {
  const path = /^0::(.*)$/m.exec(groups)?.[1]
  if (path === undefined) return []
  return readings(pathsUpFrom('/sys/fs/cgroup', path), async folder => {
    const limit = await numberIn(`${folder}/memory.max`, read)
    const used = await numberIn(`${folder}/memory.current`, read)
    const cache = await statIn(`${folder}/memory.stat`, 'inactive_file', read)
    return { limit, used, cache, source: 'cgroup v2' }
  })
}

/** Line `4:memory:/path`. */
async function legacy(groups: string, read: ReadText): Promise<MemoryReading[]> {
  const path = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]
  if (path === undefined) return []
  return readings(pathsUpFrom('/sys/fs/cgroup/memory', path), async folder => {
    const limit = await numberIn(`${folder}/memory.limit_in_bytes`, read)
    const used = await numberIn(`${folder}/memory.usage_in_bytes`, read)
    const cache = await statIn(`${folder}/memory.stat`, 'total_inactive_file', read)
    return { limit, used, cache, source: 'cgroup v1' }
  })
}

interface GroupReading {
  readonly limit: number | undefined
  readonly used: number | undefined
  /** Files' pages that the kernel takes back first. */
  readonly cache: number
  readonly source: MemoryReading['source']
}

async function readings(
  folders: readonly string[],
  readOne: (folder: string) => Promise<GroupReading>,
): Promise<MemoryReading[]> {
  const all = await Promise.all(folders.map(readOne))
  return all.flatMap(({ limit, used, cache, source }) =>
    limit === undefined || used === undefined
      ? []
      : { usedBytes: Math.max(0, used - cache), limitBytes: limit, source },
  )
}

function pathsUpFrom(root: string, path: string): string[] {
  const parts = path.split('/').filter(part => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, at) => [root, ...parts.slice(0, at)].join('/'))
}

/** undefined where there is none: `max` in version 2, next to 2^63 in version 1. */
async function numberIn(path: string, read: ReadText): Promise<number | undefined> {
  const text = (await read(path).catch(() => '')).trim()
  const value = Number(text)
  return text === '' || !Number.isFinite(value) || value > 2 ** 60 ? undefined : value
}

async function statIn(path: string, name: string, read: ReadText): Promise<number> {
  const text = await read(path).catch(() => '')
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

export interface BrowserMemory {
  readonly bytes: number
  readonly are: 'PSS' | 'RSS, an upper bound'
}

/** What the trees under these processes take together; undefined where the system tells neither figure. */
export async function readBrowserMemory(
  roots: readonly number[],
  read: ReadText = readText,
): Promise<BrowserMemory | undefined> {
  const trees = await Promise.all(roots.map(processTree))
  const pss = trees.map(({ pssBytes }) => pssBytes)
  // A kernel may keep smaps_rollup from us, and then tells nothing but zeros.
  if (pss.every(bytes => bytes !== undefined && bytes > 0))
    return { bytes: pss.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0), are: 'PSS' }
  const sizes = await Promise.all(
    trees
      .flatMap(({ pids }) => pids)
      .map(async pid => kibOf(await read(`/proc/${pid}/status`).catch(() => ''), 'VmRSS') ?? 0),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return bytes > 0 ? { bytes, are: 'RSS, an upper bound' } : undefined
}

/** Busy and all processor time since the system started, in milliseconds of one core. */
export interface CpuTimes {
  readonly busyMs: number
  readonly allMs: number
}

export function readCpuTimes(): CpuTimes {
  let [busyMs, allMs] = [0, 0]
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle
    allMs += all
    busyMs += all - times.idle
  }
  return { busyMs, allMs }
}

export function busyShare(before: CpuTimes, after: CpuTimes): number {
  const all = after.allMs - before.allMs
  return all <= 0 ? 0 : Math.min(1, Math.max(0, (after.busyMs - before.busyMs) / all))
}

export function coresHere(): number {
  return availableParallelism()
}
