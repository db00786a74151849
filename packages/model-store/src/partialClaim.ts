// Who may write the partial download at a path. Two processes may want the same file at once: the first has the
// partial that can be resumed, the other writes one of its own and throws it away if it fails.
import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'

export interface PartialClaim {
  readonly path: string
  /** Gives the claim back. A partial of one's own that was not adopted is removed; the shared one stays. */
  release(): Promise<void>
}

export async function claimPartial(path: string): Promise<PartialClaim> {
  const lock = `${path}.lock`
  const mine = `${process.pid} ${randomBytes(6).toString('hex')}`
  if (!(await take(lock, mine))) {
    const own = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
    return { path: own, release: () => rm(own, { force: true }) }
  }
  return {
    path,
    release: async () => {
      if ((await holder(lock)) === mine) await rm(lock, { force: true })
    },
  }
}

async function take(lock: string, mine: string): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(lock, mine, { flag: 'wx' })
      return true
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const pid = Number((await holder(lock))?.split(' ', 1)[0])
    if (Number.isInteger(pid) && isAlive(pid)) return false
    await rm(lock, { force: true })
  }
  return false
}

const holder = (lock: string): Promise<string | undefined> => readFile(lock, 'utf8').catch(() => undefined)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
