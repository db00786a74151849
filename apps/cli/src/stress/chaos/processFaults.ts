// Faults that are signals to a browser's processes: it dies, a page's process dies, it stands still for a while, it
// runs at a tenth of its speed.

import { readFile } from 'node:fs/promises'
import { listProcesses, membersOf, type ProcessInfo } from '@shoal/browser-bridge'
import type { BrowserInfo } from '@shoal/pool'
import { rest } from '../../rest.ts'
import { type Fault, type Struck, struckVictim, type Target } from './Fault.ts'

/** Longer than a silent link is borne with. */
const standstillMs = 12_000

const slowForMs = 6000
/** Of each period a slowed process runs a tenth. */
const periodMs = 100
const runMs = 10

export const kill: Fault = {
  name: 'kill',
  strike: async target => {
    const { pid } = target.victim
    return pid !== undefined && send(pid, 'SIGKILL') ? struckVictim(target) : undefined
  },
}

export const renderer: Fault = {
  name: 'renderer',
  strike: async target => {
    const pages = await pagesOf(target.victim)
    const sizes = await Promise.all(pages.map(async ({ pid }) => ({ pid, size: await residentPages(pid) })))
    // The largest holds a model; the others are spare, or show nothing.
    const [largest] = sizes.sort((a, b) => b.size - a.size)
    return largest !== undefined && send(largest.pid, 'SIGKILL') ? struckVictim(target) : undefined
  },
}

export const stop: Fault = {
  name: 'stop',
  strike: (target, signal) =>
    withPages(target, async pages => {
      for (const { pid } of pages) send(pid, 'SIGSTOP')
      await rest(standstillMs, signal)
    }),
}

export const slow: Fault = {
  name: 'slow',
  strike: (target, signal) =>
    withPages(target, async pages => {
      const until = performance.now() + slowForMs
      while (performance.now() < until && !signal.aborted) {
        for (const { pid } of pages) send(pid, 'SIGSTOP')
        await rest(periodMs - runMs, signal)
        for (const { pid } of pages) send(pid, 'SIGCONT')
        await rest(runMs, signal)
      }
    }),
}

/** Whatever happens meanwhile, they run again afterwards. */
async function withPages(
  target: Target,
  body: (pages: readonly ProcessInfo[]) => Promise<void>,
): Promise<Struck | undefined> {
  const pages = await pagesOf(target.victim)
  if (pages.length === 0) return undefined
  try {
    await body(pages)
  } finally {
    for (const { pid } of pages) send(pid, 'SIGCONT')
  }
  return struckVictim(target)
}

/** The processes in which a browser's pages run: Chromium's renderers, Firefox's content processes. */
async function pagesOf({ pid }: BrowserInfo): Promise<readonly ProcessInfo[]> {
  if (pid === undefined) return []
  return membersOf(pid, await listProcesses()).filter(({ command }) => isPage(command))
}

function isPage(command: readonly string[]): boolean {
  // A forked process may show its whole command as one word.
  const words = command.flatMap(part => part.split(' '))
  const isFirefoxTab = words.includes('-contentproc') && words.at(-1) === 'tab'
  return isFirefoxTab || words.includes('--type=renderer')
}

/** Pages of memory that the process has; 0 where it is gone, or where the system does not say. */
async function residentPages(pid: number): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0)
}

/** False where the process is gone. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}
