// A launch that is given up while its driver waits for what a dead browser was to say. The driver is a stand-in.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect, Fiber } from 'effect'
import { expect, it } from 'vitest'
import type { FoundBrowser } from '../../../src/index.ts'
import { launchWith } from '../../../src/node/browsers/launch.ts'

const found: FoundBrowser = {
  kind: 'chromium',
  executablePath: process.execPath,
  headlessShell: true,
  version: '1.0',
  channel: 'stable',
  source: 'path',
}

it('ends with its process, though its driver never says that it noticed', async () => {
  const profilesDir = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  const spawned = Promise.withResolvers<{ readonly exited: Promise<unknown> }>()
  const deaf = (_found: unknown, _options: unknown, _machine: unknown, profile: string): Promise<never> => {
    const code = 'process.stdout.write("up"); setInterval(() => {}, 60_000)'
    const child = spawn(process.execPath, ['-e', code, '--', `--user-data-dir=${profile}`])
    const exited = once(child, 'exit')
    child.stdout.once('data', () => spawned.resolve({ exited }))
    return new Promise(() => {})
  }
  const launching = Effect.runFork(Effect.scoped(launchWith(deaf, found, { profilesDir })))
  const { exited } = await spawned.promise
  await Effect.runPromise(Fiber.interrupt(launching))
  expect(await exited).toEqual([null, 'SIGKILL'])
  expect(await readdir(profilesDir)).toEqual([])
  await rm(profilesDir, { recursive: true, force: true })
})
