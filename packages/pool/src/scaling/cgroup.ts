// Where Linux keeps what a control group (a container) may use and uses, version 2 and 1. Files only; what they mean is
// memory.ts's and cpu.ts's.

import { readFile } from 'node:fs/promises'

/** Reads a file whole; rejects where there is none. */
export type ReadText = (path: string) => Promise<string>

export const readText: ReadText = path => readFile(path, 'utf8')

/**
 * This process's group in version 2, of /proc/self/cgroup: line `0::/path`. In a container the path may be one of the
 * host's, where the root is all there is to see.
 */
export function unifiedPath(groups: string): string | undefined {
  return /^0::(.*)$/m.exec(groups)?.[1]
}

/** Its group for one controller in version 1: line `4:memory:/path`, or `2:cpu,cpuacct:/path`. */
export function legacyPath(groups: string, controller: 'memory' | 'cpu' | 'cpuacct'): string | undefined {
  return new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm').exec(groups)?.[1]
}

/** Each group around it, from the outermost. */
export function pathsUpFrom(root: string, path: string): string[] {
  const parts = path.split('/').filter(part => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, at) => [root, ...parts.slice(0, at)].join('/'))
}

/** undefined where there is none: `max` in version 2, next to 2^63 in version 1. */
export async function numberIn(path: string, read: ReadText): Promise<number | undefined> {
  const text = (await read(path).catch(() => '')).trim()
  const value = Number(text)
  return text === '' || !Number.isFinite(value) || value > 2 ** 60 ? undefined : value
}

export async function statIn(path: string, name: string, read: ReadText): Promise<number> {
  const text = await read(path).catch(() => '')
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
}
