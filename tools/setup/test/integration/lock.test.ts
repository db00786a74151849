import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeLock } from '../../lock.mjs'

let folder: string
let lock: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-lock-'))
  lock = join(folder, 'lock')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

// Each process appends a line as it enters and one as it leaves.
const program = `
import { appendFileSync } from 'node:fs'
import { takeLock } from ${JSON.stringify(fileURLToPath(new URL('../../lock.mjs', import.meta.url)))}
const giveBack = await takeLock(process.argv[1], () => {})
appendFileSync(process.argv[2], 'in ' + process.pid + '\\n')
await new Promise(resolve => setTimeout(resolve, 30))
appendFileSync(process.argv[2], 'out ' + process.pid + '\\n')
giveBack()
`

describe('the lock of a set-up', () => {
  it('lets one process in at a time', async () => {
    const log = join(folder, 'log')
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '--eval', program, lock, log], { stdio: 'inherit' }),
    )
    await Promise.all(children.map(child => once(child, 'exit')))
    const lines = (await readFile(log, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(8)
    for (let at = 0; at < lines.length; at += 2) expect(lines[at + 1]).toBe(lines[at]?.replace('in', 'out'))
    expect(existsSync(lock)).toBe(false)
  })

  it('says once whom it waits for', async () => {
    const giveBack = await takeLock(lock, () => {})
    const waited: number[] = []
    const second = takeLock(lock, pid => {
      waited.push(pid)
      setTimeout(giveBack, 300)
    })
    ;(await second)()
    expect(waited).toEqual([process.pid])
  })

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    await mkdir(lock)
    await writeFile(join(lock, 'pid'), String(pid))
    const giveBack = await takeLock(lock, () => expect.unreachable('the owner is gone'))
    expect(await readFile(join(lock, 'pid'), 'utf8')).toBe(String(process.pid))
    giveBack()
  })
})
