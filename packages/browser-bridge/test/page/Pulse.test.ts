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
  it('is as old as its last answer', () => {
    const pulse = new Pulse(beatMs, true, 0)
    expect(beat(pulse, 0, 1_000).mainAgeMs).toBe(1_000)
    pulse.mainAnswered(1_050)
    expect(beat(pulse, 1_100, 1_200).mainAgeMs).toBe(150)
  })
})

describe('A pause of the page', () => {
  it('is held against nobody: both are given a fresh interval', () => {
    const pulse = new Pulse(beatMs, true, 0)
    beat(pulse, 0, 300)
    expect(pulse.read(60_300)).toEqual({ mainAgeMs: 0, hostSilent: false })
    expect(beat(pulse, 60_300, 60_300 + silentMs).hostSilent).toBe(false)
    expect(beat(pulse, 60_300 + silentMs, 60_300 + silentMs + beatMs).hostSilent).toBe(true)
  })
})
