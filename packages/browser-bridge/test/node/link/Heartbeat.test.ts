// Who is found silent or hung, and who never is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultHeartbeatLimits, Heartbeat, type HeartbeatLimits } from '../../../src/node/link/Heartbeat.ts'

const limits: HeartbeatLimits = { beatMs: 100, missedBeats: 5, mainMs: 2_000, hungFactor: 4 }
const silentMs = limits.beatMs * limits.missedBeats

/** Looks at every half beat from `from` to `to`, and gives what was found last. */
const watch = (heart: Heartbeat, from: number, to: number, each: (now: number) => void = () => {}) => {
  let found = heart.check(from)
  for (let now = from; now <= to; now += limits.beatMs / 2) {
    each(now)
    found = heart.check(now)
    if (found.length > 0) return found
  }
  return found
}
const beating = (heart: Heartbeat) => (now: number) => heart.heard(now)

describe('The link', () => {
  it('is silent after so many missed beats, not before', () => {
    const heart = new Heartbeat(limits, 0)
    expect(watch(heart, 0, silentMs)).toEqual([])
    expect(watch(heart, silentMs, silentMs * 3)).toMatchObject([{ _tag: 'LinkSilent' }])
  })

  it('is never silent while anything is heard', () => {
    const heart = new Heartbeat(limits, 0)
    expect(watch(heart, 0, 20_000, beating(heart))).toEqual([])
  })

  it('that is heard late is remembered for that, for five minutes', () => {
    const heart = new Heartbeat(limits, 0)
    watch(heart, 0, 1_000, beating(heart))
    expect(heart.beats(1_000)).toEqual({ beatMs: 100, silentMs: 0, late: 0, mainMs: 0 })
    watch(heart, 1_050, 1_400)
    expect(heart.beats(1_400)).toMatchObject({ silentMs: 400, late: 0 })
    heart.heard(1_400)
    expect(heart.beats(1_400)).toMatchObject({ silentMs: 0, late: 1 })
    watch(heart, 1_450, 301_350, beating(heart))
    expect(heart.beats(301_350)).toMatchObject({ late: 1 })
    expect(heart.beats(301_400)).toMatchObject({ late: 0 })
  })

  it('is not late where the host itself was not there to hear it', () => {
    const heart = new Heartbeat(limits, 0)
    watch(heart, 0, 1_000, beating(heart))
    heart.heard(5_000)
    expect(heart.beats(5_000)).toMatchObject({ silentMs: 0, late: 0 })
  })

  it('whose page’s main thread does not answer it says so', () => {
    const heart = new Heartbeat(limits, 0)
    const found = watch(heart, 0, 5_000, now => {
      heart.heard(now)
      heart.beat(now)
    })
    expect(found).toMatchObject([{ _tag: 'MainHung' }])
  })
})

describe('A pause of the host itself', () => {
  it('is forgiven: after 20 s without a look nobody is guilty before a fresh interval has passed', () => {
    const heart = new Heartbeat(limits, 0)
    heart.laneOpened(1, 0)
    expect(watch(heart, 0, 400, beating(heart))).toEqual([])
    expect(heart.check(20_400)).toEqual([])
    expect(watch(heart, 20_400, 20_400 + silentMs)).toEqual([])
    expect(watch(heart, 20_400 + silentMs, 23_000)).toMatchObject([{ _tag: 'LinkSilent' }])
  })

  it('is not charged to a lane that worked through it', () => {
    const heart = new Heartbeat(limits, 0)
    heart.laneOpened(1, 0)
    heart.begin(1, { id: 1, name: 'run bert', deadlineMs: 1_000 }, 0)
    expect(watch(heart, 0, 500, beating(heart))).toEqual([])
    expect(heart.check(20_500)).toEqual([])
    // What it had left before the pause, and one silence more.
    const end = 20_500 + 500 + silentMs
    expect(watch(heart, 20_500, end, beating(heart))).toEqual([])
    expect(watch(heart, end, end + 500, beating(heart))).toMatchObject([{ _tag: 'LaneHung', lane: 1 }])
  })

  it('of any length, at any time, finds nobody who beats afterwards guilty', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 10, max: 60_000 }), { maxLength: 20 }), pauses => {
        const heart = new Heartbeat(limits, 0)
        heart.laneOpened(1, 0)
        let now = 0
        for (const pause of pauses) {
          now += pause
          if (heart.check(now).length > 0) return false
          for (let beats = 0; beats < 12; beats++) {
            now += limits.beatMs / 2
            heart.heard(now)
            heart.laneBeat(1, now)
            if (heart.check(now).length > 0) return false
          }
        }
        return true
      }),
    )
  })
})

describe('A lane', () => {
  const open = () => {
    const heart = new Heartbeat(limits, 0)
    heart.laneOpened(1, 0)
    return heart
  }
  const work = { id: 5, name: 'run bert', deadlineMs: 1_000 }

  it('that is idle and stops beating is silent', () => {
    const heart = open()
    expect(watch(heart, 0, 2_000, beating(heart))).toMatchObject([{ _tag: 'LaneSilent', lane: 1 }])
  })

  it('is not found silent by a link that falls silent itself: it was heard a moment longer, and no more', () => {
    const heart = open()
    heart.laneBeat(1, 300)
    heart.heard(390)
    expect(watch(heart, 400, 3_000)).toEqual([expect.objectContaining({ _tag: 'LinkSilent' })])
  })

  it('at work past its deadline is not hung as far as a silent link can tell', () => {
    const heart = open()
    heart.begin(1, work, 0)
    heart.heard(1_400)
    expect(watch(heart, 0, 10_000)).toEqual([expect.objectContaining({ _tag: 'LinkSilent' })])
  })

  it('at work need not beat: it is hung only past its deadline and one silence more', () => {
    const heart = open()
    heart.begin(1, work, 0)
    expect(watch(heart, 0, 1_000 + silentMs, beating(heart))).toEqual([])
    expect(watch(heart, 1_000 + silentMs, 4_000, beating(heart))).toMatchObject([
      { _tag: 'LaneHung', lane: 1, limit: 'deadline', limitMs: 1_000 + silentMs },
    ])
  })

  it('whose work was taken back unsent is idle again, and not known to take as long as that waited', () => {
    const heart = new Heartbeat(limits, 0)
    heart.laneOpened(1, 0)
    heart.begin(1, { id: 7, name: 'run bert', deadlineMs: 10_000 }, 0)
    heart.takenBack(1, 8, 500)
    expect(heart.isIdle(1)).toBe(false)
    heart.takenBack(1, 7, 1_000)
    expect(heart.isIdle(1)).toBe(true)
    expect(heart.p99('run bert')).toBe(0)
    expect(watch(heart, 1_000, 3_000, beating(heart))).toMatchObject([{ _tag: 'LaneSilent', lane: 1 }])
  })

  it('whose same work always took long is given a multiple of its p99', () => {
    const heart = open()
    for (let run = 0; run < 50; run++) {
      heart.begin(1, { ...work, id: run }, run * 2_000)
      heart.end(1, run, run * 2_000 + 1_500)
    }
    expect(heart.p99('run bert')).toBe(1_500)
    const from = 100_000
    heart.begin(1, { ...work, id: 99 }, from)
    expect(watch(heart, from, from + 4 * 1_500 + silentMs, beating(heart))).toEqual([])
    expect(watch(heart, from + 6_500, from + 9_000, beating(heart))).toMatchObject([
      { _tag: 'LaneHung', limit: 'usual', limitMs: 4 * 1_500 + silentMs },
    ])
  })

  it.each([
    [1, 1],
    [50, 50],
    [100, 99],
    [101, 100],
  ])('whose work took 1 to %i ms has a p99 of %i ms: the nearest rank', (runs, p99) => {
    const heart = open()
    for (let ms = runs; ms >= 1; ms--) {
      heart.begin(1, { ...work, id: ms }, 0)
      heart.end(1, ms, ms)
    }
    expect(heart.p99('run bert')).toBe(p99)
  })

  it('that works for 30 s within its deadline is no hang', () => {
    const heart = open()
    heart.begin(1, { ...work, deadlineMs: 60_000 }, 0)
    expect(watch(heart, 0, 30_000, beating(heart))).toEqual([])
  })

  it('whose download progresses is no hang, however long it takes', () => {
    const heart = open()
    heart.begin(1, work, 0)
    const found = watch(heart, 0, 20_000, now => {
      heart.heard(now)
      heart.progress(1, work.id, now)
    })
    expect(found).toEqual([])
  })

  it('that was closed is nobody’s business', () => {
    const heart = open()
    heart.begin(1, work, 0)
    heart.laneClosed(1)
    expect(watch(heart, 0, 20_000, beating(heart))).toEqual([])
  })

  it('answers for its own work only: another’s end does not make it idle', () => {
    const heart = open()
    heart.begin(1, work, 0)
    heart.end(1, work.id + 1, 10)
    expect(heart.isIdle(1)).toBe(false)
    heart.end(1, work.id, 20)
    expect(heart.isIdle(1)).toBe(true)
  })
})

it('by default a lane’s silence is a matter of seconds', () => {
  expect(defaultHeartbeatLimits.beatMs * defaultHeartbeatLimits.missedBeats).toBeLessThanOrEqual(10_000)
})
