// Readings of this machine's memory: what is used and allowed (the container's where one limits it, cgroup v2 or v1), and
// what the browsers' process trees take. Readings only; what they forbid is ceilings.ts's.

import { freemem, totalmem } from 'node:os'
import { processTree } from '@shoal/browser-bridge'
import { legacyPath, numberIn, pathsUpFrom, type ReadText, readText, statIn, unifiedPath } from './cgroup.ts'

export interface MemoryReading {
  readonly usedBytes: number
  readonly limitBytes: number
  readonly source: 'cgroup v2' | 'cgroup v1' | 'system'
}

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

async function unified(groups: string, read: ReadText): Promise<MemoryReading[]> {
  const path = unifiedPath(groups)
  if (path === undefined) return []
  return readings(pathsUpFrom('/sys/fs/cgroup', path), async folder => {
    const limit = await numberIn(`${folder}/memory.max`, read)
    const used = await numberIn(`${folder}/memory.current`, read)
    const cache = await statIn(`${folder}/memory.stat`, 'inactive_file', read)
    return { limit, used, cache, source: 'cgroup v2' }
  })
}

async function legacy(groups: string, read: ReadText): Promise<MemoryReading[]> {
  const path = legacyPath(groups, 'memory')
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

export interface BrowserMemory {
  readonly bytes: number
  /** By the process that a tree stands on. */
  readonly bytesOf: ReadonlyMap<number, number>
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
  const isPss = pss.every(bytes => bytes !== undefined && bytes > 0)
  const sizes = isPss ? pss : await Promise.all(trees.map(({ pids }) => rssOf(pids, read)))
  const bytesOf = new Map(roots.map((root, at) => [root, sizes[at] ?? 0]))
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  if (isPss) return { bytes, bytesOf, are: 'PSS' }
  return bytes > 0 ? { bytes, bytesOf, are: 'RSS, an upper bound' } : undefined
}

async function rssOf(pids: readonly number[], read: ReadText): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async pid => kibOf(await read(`/proc/${pid}/status`).catch(() => ''), 'VmRSS') ?? 0),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
