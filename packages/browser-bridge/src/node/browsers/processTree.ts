// A browser's whole process tree: which processes belong to it, how much memory they share out, and their end.
// Not the browser's life cycle: see launch.ts for that.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { listProcesses, type ProcessInfo } from './processTable.ts'

export interface ProcessTree {
  readonly pids: readonly number[]
  /** Proportional set size in bytes, which counts a shared page once; undefined where the system has no such figure. */
  readonly pssBytes: number | undefined
}

/**
 * The processes of the tree under `root`, root first: its descendants and what is left of its session.
 * A browser leads a session of its own, so a child whose parent died before it is still found.
 */
export const membersOf = (root: number, table: readonly ProcessInfo[]): ProcessInfo[] => {
  const children = new Map<number, ProcessInfo[]>()
  for (const info of table) children.set(info.parent, [...(children.get(info.parent) ?? []), info])
  const members = new Map<number, ProcessInfo>()
  const visit = (info: ProcessInfo): void => {
    if (members.has(info.pid)) return
    members.set(info.pid, info)
    for (const child of children.get(info.pid) ?? []) visit(child)
  }
  for (const info of table) if (info.pid === root) visit(info)
  for (const info of table) if (info.session === root) visit(info)
  return [...members.values()]
}

const pssOf = async (pid: number): Promise<number> => {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}

/** One reading of the tree under `root`. A process that ends while it is read counts as zero bytes. */
export const processTree = async (root: number): Promise<ProcessTree> => {
  const pids = membersOf(root, await listProcesses()).map(info => info.pid)
  if (process.platform !== 'linux') return { pids, pssBytes: undefined }
  const sizes = await Promise.all(pids.map(pssOf))
  return { pids, pssBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** SIGKILL to each, by number: only for a listing that was made this moment. Gives the pids that were hit. */
export const killNow = (members: readonly ProcessInfo[]): number[] =>
  members.flatMap(info => {
    try {
      process.kill(info.pid, 'SIGKILL')
      return [info.pid]
    } catch {
      return []
    }
  })

/**
 * Ends the tree under `root` and returns when none of it is left, or after `limitMs`, with the pids that remain.
 * Lists again after each blow, since a process may fork between the look and the kill.
 */
export const killTree = async (root: number, limitMs = 5_000): Promise<number[]> => {
  const until = performance.now() + limitMs
  for (;;) {
    const members = membersOf(root, await listProcesses())
    if (members.length === 0) return []
    killNow(members)
    if (performance.now() > until) return members.map(info => info.pid)
    await sleep(20)
  }
}
