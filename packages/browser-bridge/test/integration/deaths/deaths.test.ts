// The table of deaths in real browsers: each is noticed by what ought to tell of it, mended by the least step that works,
// and the run in flight ends typed, while the other page of the browser goes on. No time of the clock is held to a limit from
// above, only the host's own count of a silence: what was noticed by its socket's end was not noticed by its beats. The figures are `npm run bench -- deaths`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../rig/openPage.ts'
import { noTimeFor } from '../../rig/patience.ts'
import { type Death, type Kind, type Notice, type Outcome, of, type Sign } from './Death.ts'
import { perform } from './perform.ts'
import { deaths, hangMs } from './rows.ts'
import { heartbeat, Stage, silentMs } from './Stage.ts'

/** How often each is tried, one time after the other: a row that holds once may be lucky. */
const times = Number(process.env['SHOAL_TIMES'] ?? 1)

/** A silence is no finding before its limit, on any machine. What a closed socket may take is not asked for here. */
const leastMs: Readonly<Partial<Record<Sign, number>>> = {
  silence: silentMs,
  unanswered: silentMs,
  main: heartbeat.mainMs,
  work: hangMs + silentMs,
}

// One browser waits for its limits while the other does; in each it is one death after the other.
for (const kind of kinds)
  describe.skipIf(kind.found === undefined || process.platform !== 'linux')(
    `In ${kind.title}`,
    { concurrent: true },
    () => {
      const rig = new AsyncDisposableStack()
      let stage: Stage
      beforeAll(async () => {
        if (kind.found !== undefined) stage = await Stage.start(rig, kind.found)
      })
      afterAll(() => rig.disposeAsync())

      for (const death of deaths) {
        const reason = death.skip?.[kind.kind] ?? noTimeFor(death.takes)
        const rung = of(death.rung, kind.kind)
        const what = rung === 'none' ? 'leaves all as it is' : `is mended by: ${rung}`
        it.skipIf(reason !== undefined)(
          reason === undefined ? `${death.name} ${what}` : `${death.name} (skipped: ${reason})`,
          { concurrent: false, timeout: times * 300_000 },
          async () => {
            for (let time = 0; time < times; time++) {
              if (time > 0 && death.wearsOut === true) await stage.freshBrowser()
              judge(death, kind.kind, await perform(stage, death, kind.kind))
            }
          },
        )
      }
    },
  )

/**
 * Each is found at the look after its limit, in the host's own count of it, which its own pauses do not lengthen: two
 * beats. What a link tells of, its main thread and its lanes, is known as far as the link was heard, which itself is
 * found silent by then; and after a pause of the host nobody is looked at for one silence more.
 */
function mostMs({ sign }: Notice, pauses: number): number {
  const heardMs = silentMs + 2 * heartbeat.beatMs
  return (leastMs[sign] ?? 0) + heardMs + pauses * (heardMs + heartbeat.beatMs)
}

function judge(death: Death, kind: Kind, { notice, ...outcome }: Outcome): void {
  const isOther = outcome.rung === death.orRung?.[kind]
  if (!isOther) {
    expect(outcome.rung).toBe(of(death.rung, kind))
    expect([of(death.sign, kind), ...(death.orSigns ?? [])], notice?.detail).toContain(
      notice?.sign ?? 'nothing',
    )
  }
  if (notice?.forMs !== undefined) {
    expect(notice.forMs).toBeGreaterThan(leastMs[notice.sign] ?? 0)
    expect(notice.forMs).toBeLessThanOrEqual(mostMs(notice, outcome.pauses))
  }
  if (of(death.sibling, kind) === 'untouched') {
    expect(outcome).toMatchObject({ siblingUntouched: true })
    expect(outcome.downs).not.toContain('b')
  }
  const ends = of(death.ends, kind)
  const { tag, mayRunAgain, message } = outcome.end ?? {}
  if (outcome.end !== undefined) expect(ends, message).toContain(tag)
  if (tag !== undefined && tag !== 'answered') expect(mayRunAgain).toBe(true)
}
