// A browser that cannot start. What holds for one that does: browsers/conformance.test.ts.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { expect, it } from 'vitest'
import { type FoundBrowser, LaunchFailed, launch } from '../../src/index.ts'

it('a browser that cannot start fails with LaunchFailed, one line with the way out, and leaves no profile', async () => {
  const profiles = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  const bad: FoundBrowser = {
    kind: 'chromium',
    executablePath: '/bin/false',
    headlessShell: true,
    version: '',
    channel: 'stable',
    source: 'path',
  }
  const error = await Effect.runPromise(Effect.flip(Effect.scoped(launch(bad, { profilesDir: profiles }))))
  expect(error).toBeInstanceOf(LaunchFailed)
  expect(error.message).toMatch(/^chromium at \/bin\/false did not start: .*SHOAL_CHROMIUM/)
  expect(error.message).not.toContain('\n')
  expect(await readdir(profiles)).toEqual([])
  await rm(profiles, { recursive: true, force: true })
})
