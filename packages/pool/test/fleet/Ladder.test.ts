// What is written down of falls and recoveries.
import type { Recovery } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import type { FleetEvent, Member } from '../../src/fleet/Fleet.ts'
import { Ladder } from '../../src/fleet/Ladder.ts'

const member = (id: string, browser = 'chromium-1') => ({ id, browser: { id: browser } }) as unknown as Member
const up = (id: string, browser: string): FleetEvent => ({ _tag: 'up', member: member(id, browser) })
const start = () => {
  let now = 1_000
  const ladder = new Ladder(() => now)
  return {
    ladder,
    later: (ms: number) => {
      now += ms
    },
  }
}
const reload = (readyMs: number): Recovery => ({
  subject: 'a',
  rung: 'reload',
  why: 'mainHung',
  detail: '',
  noticedMs: 100,
  readyMs,
})

describe('The ladder', () => {
  it('counts each rung, with the means of its times', () => {
    const { ladder } = start()
    for (const ms of [100, 300]) ladder.mended(reload(ms))
    expect(ladder.metrics().rungs).toEqual({ reload: { times: 2, noticedMs: 100, readyMs: 200 } })
    expect(ladder.metrics().recent).toHaveLength(2)
  })

  it('keeps the latest recoveries only, and counts them all', () => {
    const { ladder } = start()
    for (let ms = 0; ms < 100; ms++) ladder.mended(reload(ms))
    expect(ladder.metrics().recent.map(({ readyMs }) => readyMs)).toEqual(
      Array.from({ length: 32 }, (_, at) => 68 + at),
    )
    expect(ladder.metrics().rungs.reload?.times).toBe(100)
  })

  it('sees a lane that died and the one in its place', () => {
    const { ladder, later } = start()
    const lost = { member: member('a'), lane: 'a/1', backend: 'wasm' } as const
    ladder.hear({
      ...lost,
      _tag: 'laneLost',
      end: { _tag: 'LaneHung', afterMs: 7_000, message: 'hung' } as never,
    })
    later(250)
    ladder.hear({ _tag: 'laneUp', member: member('a'), lane: 'a/2', backend: 'webgpu' })
    expect(ladder.metrics().recent).toEqual([])
    ladder.hear({ _tag: 'laneUp', member: member('a'), lane: 'a/3', backend: 'wasm' })
    expect(ladder.metrics().recent).toMatchObject([
      { subject: 'a/1', rung: 'lane', why: 'laneLost', noticedMs: 7_000, readyMs: 250 },
    ])
  })

  it('sees no recovery in a lane that was closed and is opened again', () => {
    const { ladder } = start()
    ladder.hear({ _tag: 'laneLost', member: member('a'), lane: 'a/1', backend: 'wasm', end: undefined })
    ladder.hear({ _tag: 'laneUp', member: member('a'), lane: 'a/2', backend: 'wasm' })
    expect(ladder.metrics().recent).toEqual([])
  })

  it('leaves a lane that went with its connection to the connection', () => {
    const { ladder } = start()
    const end = { _tag: 'LaneLost', message: 'gone' } as never
    ladder.hear({ _tag: 'laneLost', member: member('a'), lane: 'a/1', backend: 'wasm', end })
    ladder.hear({ _tag: 'down', member: member('a') })
    ladder.hear({ _tag: 'laneUp', member: member('a'), lane: 'a/2', backend: 'wasm' })
    expect(ladder.metrics().recent).toEqual([])
  })

  it('sees a browser that was given up and the other one in its place', () => {
    const { ladder, later } = start()
    ladder.hear(up('chromium-1.1', 'chromium-1'))
    ladder.gaveUp('chromium-1', new Error('it kept dying'))
    later(900)
    ladder.hear(up('firefox-1.1', 'firefox-1'))
    ladder.hear(up('firefox-1.2', 'firefox-1'))
    expect(ladder.metrics().recent).toMatchObject([
      { subject: 'chromium-1', rung: 'replacement', detail: 'it kept dying', readyMs: 900 },
    ])
  })

  it('takes no browser for a replacement that is started long after another was given up', () => {
    const { ladder, later } = start()
    ladder.hear(up('chromium-1.1', 'chromium-1'))
    ladder.gaveUp('chromium-1', new Error('it kept dying'))
    later(2 * 3600_000)
    ladder.hear(up('firefox-1.1', 'firefox-1'))
    expect(ladder.metrics().recent).toEqual([])
  })
})
