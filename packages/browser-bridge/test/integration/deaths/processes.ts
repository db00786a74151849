// Which process of a browser is which: by its arguments where they tell, by the work it does where they do not.
import { readFile } from 'node:fs/promises'
import { listProcesses, type ProcessInfo } from '../../../src/node/browsers/processTable.ts'
import type { PageId, Stage } from './Stage.ts'

export const processesOf = async (stage: Stage): Promise<ProcessInfo[]> => {
  const members = new Set((await stage.browser.tree()).pids)
  return (await listProcesses()).filter(({ pid }) => members.has(pid))
}

export const withArgument = async (stage: Stage, argument: string): Promise<ProcessInfo[]> =>
  (await processesOf(stage)).filter(({ command }) => command.join(' ').includes(argument))

/** Resolves, with when that was, once none of them runs any more: a large process takes a while to end. Undefined: they do. */
export async function ended(
  pids: readonly number[],
  giveUp: AbortSignal = AbortSignal.timeout(30_000),
): Promise<number | undefined> {
  const runs = async (pid: number): Promise<boolean> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    return stat !== '' && !/\) [ZX] /.test(stat)
  }
  while ((await Promise.all(pids.map(runs))).some(Boolean)) {
    if (giveUp.aborted) return undefined
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  return performance.now()
}

/** Ticks of processor time that it has used. */
const used = async ({ pid }: ProcessInfo): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11] ?? 0)
}

/** Has page `id` work for a moment, and gives the process that did. Neither browser tells it otherwise. */
export async function rendererOf(stage: Stage, id: PageId): Promise<number> {
  const all = (await processesOf(stage)).filter(({ command }) =>
    /--type=renderer|-isForBrowser/.test(command.join(' ')),
  )
  const before = await Promise.all(all.map(used))
  for (;;) {
    await stage.page(id).evaluate(() => {
      const end = performance.now() + 300
      while (performance.now() < end);
    })
    const after = await Promise.all(all.map(used))
    const worked = all
      .map(({ pid }, at) => ({ pid, ticks: (after[at] ?? 0) - (before[at] ?? 0) }))
      .sort((one, other) => other.ticks - one.ticks)
    const [first, second] = worked
    // A tick is a hundredth of a second; the machine may give the page little of its time, so they are gathered.
    if (first !== undefined && first.ticks >= 5 && first.ticks > 2 * (second?.ticks ?? 0)) return first.pid
  }
}
