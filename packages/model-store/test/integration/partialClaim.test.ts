import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimPartial } from '../../src/partialClaim.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-claim-'))
  path = join(folder, 'partial')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the claim on a partial download', () => {
  it('is for one at a time; the second gets a path of its own, removed at its end', async () => {
    const first = await claimPartial(path)
    const second = await claimPartial(path)
    expect(first.path).toBe(path)
    expect(second.path).not.toBe(path)
    await writeFile(first.path, 'half')
    await writeFile(second.path, 'half')
    await second.release()
    await first.release()
    expect(await readdir(folder)).toEqual(['partial'])
    expect((await claimPartial(path)).path).toBe(path)
  })

  it('of a process that is gone is taken over', async () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    await writeFile(`${path}.lock`, `${pid} 00`)
    expect((await claimPartial(path)).path).toBe(path)
  })
})
