// The table of deaths in real browsers: each is noticed, mended by the least step that works, and the run in flight
// ends typed, while the other page of the browser goes on. Times are held to generous limits here; their figures are
// `npm run bench -- deaths`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../rig/openPage.ts'
import { type Death, type Kind, type Outcome, of, type Sign } from './Death.ts'
import { perform } from './perform.ts'
import { deaths, hangMs } from './rows.ts'
import { heartbeat, pingMs, Stage, silentMs } from './Stage.ts'

/** How often each is tried, one time after the other: a row that holds once may be lucky. */
const times = Number(process.env['SHOAL_TIMES'] ?? 1)

/** What a busy machine may add to any of them. */
const patienceMs = 10_000
const limitMs: Readonly<Record<Exclude<Sign, 'nothing'>, number>> = {
  close: patienceMs,
  silence: silentMs + heartbeat.beatMs + patienceMs,
  unanswered: silentMs + pingMs + heartbeat.beatMs + patienceMs,
  main: heartbeat.mainMs + heartbeat.beatMs + patienceMs,
  work: silentMs + hangMs + heartbeat.beatMs + patienceMs,
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
          for (let time = 0; time < times; time++) {
            if (time > 0 && death.wearsOut === true) await stage.freshBrowser()
            judge(death, kind.kind, await perform(stage, death, kind.kind))
          }
        },
        times * 300_000,
      )
    }
  })

function judge(death: Death, kind: Kind, outcome: Outcome): void {
  const sign = of(death.sign, kind)
  const isOther = outcome.rung === death.orRung?.[kind]
  if (!isOther) expect(outcome.rung).toBe(of(death.rung, kind))
  if (isOther) expect(outcome.noticedMs).toBeDefined()
  else if (sign === 'nothing') expect(outcome.noticedMs).toBeUndefined()
  else expect(outcome.noticedMs).toBeLessThan(limitMs[sign])
  if (of(death.sibling, kind) === 'untouched') {
    expect(outcome).toMatchObject({ siblingUntouched: true })
    expect(outcome.downs).not.toContain('b')
  }
  const ends = of(death.ends, kind)
  const { tag, mayRunAgain } = outcome.end ?? {}
  if (outcome.end !== undefined) expect(ends).toContain(tag)
  if (tag !== undefined && tag !== 'answered') expect(mayRunAgain).toBe(true)
}
