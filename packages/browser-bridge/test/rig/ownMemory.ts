// The memory that processes have of their own: what is in no file. Not their PSS, of which the share in a library
// grows as other browsers on the machine end.
import { readFile } from 'node:fs/promises'

/** In bytes; a process that has ended counts as none. Linux only. */
export async function ownMemory(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(pids.map(ownMemoryOf))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function ownMemoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const kilobytes = [...rollup.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+) kB/gm)]
  return kilobytes.reduce((sum, [, size]) => sum + Number(size) * 1024, 0)
}
