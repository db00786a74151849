// The host itself stands still: stopped by a signal, or busy in its own loop. Afterwards everybody seems to have been
// silent for long, and nobody may be found dead.
import { describe, expect, it } from 'vitest'
import { kinds } from '../../rig/openPage.ts'
import { isPatient } from '../../rig/patience.ts'
import { OtherHost } from './OtherHost.ts'
import { silentMs } from './Stage.ts'

const stoppedMs = isPatient ? 20_000 : 1.5 * silentMs
const title = `that was stopped for ${stoppedMs / 1000} s, and then was busy for ${(1.5 * silentMs) / 1000} s, finds nobody dead`

for (const kind of kinds)
  describe.skipIf(kind.found === undefined || process.platform !== 'linux')(
    `A host with ${kind.title}`,
    { concurrent: true },
    () => {
      const { found } = kind
      if (found === undefined) return

      it(isPatient ? title : `${title} (stopped for 20 s with SHOAL_LONG=1)`, async () => {
        await using host = new OtherHost(found)
        expect(await host.says()).toBe('ready')
        await host.stop(stoppedMs)
        // It answers again, so that its next pause is another one.
        host.tell('go on')
        expect(await host.says()).toBe('goes on')
        host.tell(`block ${1.5 * silentMs}`)
        expect(await host.says()).toBe('blocked')
        const report = await host.report()
        expect(report).toMatchObject({ downs: [], recoveries: [], failures: [] })
        expect(report.answers).toBeGreaterThan(0)
      })
    },
  )
