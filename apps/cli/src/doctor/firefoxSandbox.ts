// Whether a Firefox that runs shuts its pages in. Firefox decides that by itself, by its build, its preferences and its
// environment, so the kernel is asked what its processes are held to. Linux only.
import { readFile } from 'node:fs/promises'
import { type Browser, listProcesses } from '@shoal/browser-bridge'

export type Sandbox = 'on' | 'off' | 'not known'

/** Filters for system calls on a process, from its /proc/PID/status; undefined where the kernel does not say. */
export function filtersOf(status: string): number | undefined {
  const [, count] = /^Seccomp_filters:\s*(\d+)$/m.exec(status) ?? []
  return count === undefined ? undefined : Number(count)
}

/** A process that its fork server made has its whole command in one word. */
export const holdsPages = (command: readonly string[]): boolean =>
  command.join(' ').split(' ').includes('-isForBrowser')

/**
 * Pure. A page is shut in where it has filters that the browser itself has not: a container puts some on everything.
 * One page that has them is enough, since the others may be just starting.
 */
export function judgeSandbox(browser: number | undefined, pages: readonly (number | undefined)[]): Sandbox {
  const known = pages.filter(count => count !== undefined)
  if (browser === undefined || known.length === 0) return 'not known'
  return known.some(count => count > browser) ? 'on' : 'off'
}

export async function firefoxSandbox(browser: Browser): Promise<Sandbox> {
  const { pid } = browser
  if (process.platform !== 'linux' || pid === undefined) return 'not known'
  const members = new Set((await browser.tree()).pids)
  const pages = (await listProcesses()).filter(({ pid, command }) => members.has(pid) && holdsPages(command))
  const filters = async (of: number) =>
    filtersOf(await readFile(`/proc/${of}/status`, 'utf8').catch(() => ''))
  return judgeSandbox(await filters(pid), await Promise.all(pages.map(page => filters(page.pid))))
}
