import { describe, expect, it } from 'vitest'
import { BusyShare } from '../../src/metrics/BusyShare.ts'
import { EventRate } from '../../src/metrics/EventRate.ts'

describe('a busy share', () => {
  it('is 0 for what never was, and nears 1 for what always is', () => {
    const share = new BusyShare(0)
    expect(share.at(1e6)).toBe(0)
    share.set(true, 1e6)
    expect(share.at(1e6 + 300_000)).toBeCloseTo(1, 3)
  })

  it('is a half for what is busy every other second', () => {
    const share = new BusyShare(0)
    for (let second = 0; second < 600; second++) share.set(second % 2 === 0, second * 1000)
    expect(share.at(600_000)).toBeCloseTo(0.5, 1)
  })

  it('does not depend on how often it is told the same', () => {
    const [once, often] = [new BusyShare(0), new BusyShare(0)]
    once.set(true, 0)
    for (let at = 0; at <= 10_000; at += 100) often.set(true, at)
    expect(often.at(20_000)).toBeCloseTo(once.at(20_000), 9)
  })
})

describe('an event rate', () => {
  it('is what happens each second', () => {
    const rate = new EventRate(0)
    for (let at = 0; at <= 300_000; at += 100) rate.add(at)
    expect(rate.at(300_000)).toBeCloseTo(10, 1)
  })

  it('falls off when nothing happens any more', () => {
    const rate = new EventRate(0)
    for (let at = 0; at <= 300_000; at += 100) rate.add(at)
    expect(rate.at(330_000)).toBeCloseTo(10 / Math.E, 1)
  })
})
