// The table of deaths in real browsers: each is noticed, mended by the least step that works, and the run in flight
// ends typed, while the other page of the browser goes on. Times are held to generous limits here; their figures are
// `npm run bench -- deaths`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../rig/openPage.ts'
import { of, type Sign } from './Death.ts'
import { perform } from './perform.ts'
import { deaths } from './rows.ts'
import { heartbeat, Stage, silentMs } from './Stage.ts'

/** What a busy machine may add to any of them. */
const patienceMs = 5_000
const limitMs: Readonly<Record<Exclude<Sign, 'nothing'>, number>> = {
  close: patienceMs,
  silence: silentMs + heartbeat.beatMs + patienceMs,
  main: heartbeat.mainMs + heartbeat.beatMs + patienceMs,
  work: silentMs + 300 + heartbeat.beatMs + patienceMs,
}

for (const kind of kinds)
  describe.skipIf(kind.found === undefined || process.platform !== 'linux')(`In ${kind.title}`, () => {
    const rig = new AsyncDisposableStack()
    let stage: Stage
    beforeAll(async () => {
      if (kind.found !== undefined) stage = await Stage.start(rig, kind.found)
    })
    afterAll(() => rig.disposeAsync())

    for (const death of deaths) {
      const reason = death.skip?.[kind.kind]
      const rung = of(death.rung, kind.kind)
      const what = rung === 'none' ? 'leaves all as it is' : `is mended by: ${rung}`
      it.skipIf(reason !== undefined)(
        reason === undefined ? `${death.name} ${what}` : `${death.name} (skipped: ${reason})`,
        async () => {
          const outcome = await perform(stage, death, kind.kind)
          const sign = of(death.sign, kind.kind)
          expect(rung === 'none' ? [rung] : [rung, death.orRung]).toContain(outcome.rung)
          if (sign === 'nothing') expect(outcome.noticedMs).toBeUndefined()
          else expect(outcome.noticedMs).toBeLessThan(limitMs[sign])
          if (of(death.sibling, kind.kind) === 'untouched') {
            expect(outcome).toMatchObject({ siblingUntouched: true })
            expect(outcome.downs).not.toContain('b')
          }
          const ends = of(death.ends, kind.kind)
          const { tag, mayRunAgain } = outcome.end ?? {}
          if (outcome.end !== undefined) expect(ends).toContain(tag)
          if (tag !== undefined && tag !== 'answered') expect(mayRunAgain).toBe(true)
        },
      )
    }
  })
