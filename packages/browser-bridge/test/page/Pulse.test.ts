// Whom the link worker misses, and whom it does not.
import { describe, expect, it } from 'vitest'
import { Pulse } from '../../src/page/Pulse.ts'

const beatMs = 100
const silentMs = 6 * beatMs

/** Reads at every beat from `from` to `to`, and gives the last reading. */
const beat = (pulse: Pulse, from: number, to: number, each: (now: number) => void = () => {}) => {
  let reading = pulse.read(from)
  for (let now = from; now <= to; now += beatMs) {
    each(now)
    reading = pulse.read(now)
  }
  return reading
}

describe('A host', () => {
  it('is missed after six beats without a word', () => {
    const pulse = new Pulse(beatMs, true, 0)
    expect(beat(pulse, 0, silentMs).hostSilent).toBe(false)
    expect(beat(pulse, silentMs, silentMs + beatMs).hostSilent).toBe(true)
    pulse.hostHeard(silentMs + beatMs)
    expect(pulse.isHostSilent(silentMs + beatMs)).toBe(false)
  })

  it('that speaks is not missed, and neither is one that never promised to beat', () => {
    const heard = new Pulse(beatMs, true, 0)
    expect(beat(heard, 0, 20_000, now => heard.hostHeard(now)).hostSilent).toBe(false)
    expect(beat(new Pulse(beatMs, false, 0), 0, 20_000).hostSilent).toBe(false)
  })
})

describe('A main thread', () => {
  it('is as old as the first question that it has not answered', () => {
    const pulse = new Pulse(beatMs, true, 0)
    const ask = (now: number) => pulse.mainAsked(now)
    expect(beat(pulse, 0, 1_000, ask).mainAgeMs).toBe(1_000)
    pulse.mainAnswered()
    expect(pulse.read(1_050).mainAgeMs).toBe(0)
    expect(beat(pulse, 1_100, 1_200, ask).mainAgeMs).toBe(100)
  })

  it('that hangs hangs still when the page has dialled again', () => {
    const before = new Pulse(beatMs, true, 0)
    beat(before, 0, 1_000, now => before.mainAsked(now))
    const after = before.renewed(beatMs, true, 1_200)
    expect(after.read(1_200)).toEqual({ mainAgeMs: 1_200, hostSilent: false })
    expect(beat(after, 1_200, 1_200 + silentMs, now => after.mainAsked(now)).mainAgeMs).toBe(1_800)
  })

  it('that answers is not charged with the time that its page took to dial again', () => {
    const before = new Pulse(beatMs, true, 0)
    before.mainAsked(0)
    before.mainAnswered()
    expect(before.renewed(beatMs, true, 250).read(250).mainAgeMs).toBe(0)
    const asleep = new Pulse(beatMs, true, 0)
    asleep.mainAsked(0)
    expect(asleep.renewed(beatMs, true, 60_000).read(60_000).mainAgeMs).toBe(0)
  })
})

describe('A pause of the page', () => {
  it('is held against nobody: both are given a fresh interval', () => {
    const pulse = new Pulse(beatMs, true, 0)
    beat(pulse, 0, 300, now => pulse.mainAsked(now))
    expect(pulse.read(60_300)).toEqual({ mainAgeMs: 0, hostSilent: false })
    expect(beat(pulse, 60_300, 60_300 + silentMs).hostSilent).toBe(false)
    expect(beat(pulse, 60_300 + silentMs, 60_300 + silentMs + beatMs).hostSilent).toBe(true)
  })
})
