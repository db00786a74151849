// What a run left behind in the temporary folder that it was given: files there, and processes that name it.

import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface Leftovers {
  readonly processes: readonly string[]
  readonly files: readonly string[]
}

/** Firefox's crash helper leads a session of its own and ends by itself, a moment after its browser. */
const graceMs = 5000

/** What is still left a moment later. */
export async function leftovers(temporary: string): Promise<Leftovers> {
  const until = performance.now() + graceMs
  for (;;) {
    const left = await leftNow(temporary)
    if (left.processes.length === 0 || performance.now() > until) return left
    await delay(20)
  }
}

/** @param temporary what TMPDIR was for the run; every browser's profile lies in it, and its command line names that */
export async function leftNow(temporary: string): Promise<Leftovers> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const commands = await Promise.all(
    pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  const processes = commands
    .filter(command => command.includes(temporary))
    .map(command => command.replaceAll('\0', ' '))
  const files = await readdir(temporary, { recursive: true })
  return { processes, files: files.filter(file => !/^shoal-profiles-[^/\\]+$/.test(file)) }
}
