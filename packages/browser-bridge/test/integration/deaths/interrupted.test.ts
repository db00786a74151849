// A launch that is given up, at whatever moment: it ends soon, and nothing of it is left.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect, Fiber } from 'effect'
import { describe, expect, it } from 'vitest'
import { launch } from '../../../src/index.ts'
import { until } from '../../rig/Rig.ts'
import { Census } from './roundsCensus.ts'
import { launchWays } from './roundsWays.ts'

for (const { title, found, options } of launchWays)
  describe.skipIf(found === undefined)(`A launch of ${title}`, () => {
    if (found === undefined) return

    it('that is interrupted before, while and after its process is spawned leaves no process and no profile', async () => {
      const profilesDir = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
      const census = new Census(profilesDir)
      const spawned = async () => (await census.take()).length > 0
      const grown = async () => (await census.take()).length > 2
      const moments = [() => Promise.resolve(), () => until(spawned), () => until(grown)]
      for (const moment of moments) {
        const fiber = Effect.runFork(
          Effect.scoped(Effect.andThen(launch(found, { ...options, profilesDir }), Effect.never)),
        )
        await moment()
        await Effect.runPromise(Fiber.interrupt(fiber))
        expect(await census.left()).toEqual([])
        expect(await readdir(profilesDir)).toEqual([])
      }
      await rm(profilesDir, { recursive: true, force: true })
    })
  })
