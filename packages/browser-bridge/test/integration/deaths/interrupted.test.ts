// A launch that is given up, at whatever moment: it ends soon, and nothing of it is left.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Effect, Fiber } from 'effect'
import { describe, expect, it } from 'vitest'
import { launch } from '../../../src/index.ts'
import { listProcesses } from '../../../src/node/browsers/processTable.ts'
import { kinds } from '../../rig/openPage.ts'
import { until } from '../../rig/Rig.ts'

for (const { title, found } of kinds)
  describe.skipIf(found === undefined)(`A launch of ${title}`, () => {
    if (found === undefined) return

    it('that is interrupted before, while and after its process is spawned leaves no process and no profile', async () => {
      const profilesDir = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
      const spawned = async () =>
        (await listProcesses()).some(({ command }) => command.join(' ').includes(profilesDir))
      const moments = [
        () => Promise.resolve(),
        () => until(spawned),
        () => until(spawned).then(() => sleep(200)),
      ]
      for (const moment of moments) {
        const fiber = Effect.runFork(
          Effect.scoped(Effect.andThen(launch(found, { profilesDir }), Effect.never)),
        )
        await moment()
        await Effect.runPromise(Fiber.interrupt(fiber))
        expect(await spawned()).toBe(false)
        expect(await readdir(profilesDir)).toEqual([])
      }
      await rm(profilesDir, { recursive: true, force: true })
    })
  })
