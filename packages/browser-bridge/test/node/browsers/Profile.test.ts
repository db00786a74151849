// A profile's marker, which must not outlive it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { expect, it } from 'vitest'
import { Profile } from '../../../src/node/browsers/Profile.ts'

it('A profile that is removed is not marked again by a process that comes too late', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  try {
    const profile = await Effect.runPromise(Profile.make(folder, 'firefox'))
    expect(await readdir(folder)).toEqual([profile.id, `${profile.id}.json`])
    await profile.remove()
    await profile.markBrowser({ pid: process.pid, startTime: '' })
    expect(await readdir(folder)).toEqual([])
    // Nor may it end what it does not know any more: this process.
    expect(await profile.remove()).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
