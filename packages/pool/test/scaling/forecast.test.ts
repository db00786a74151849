import { describe, expect, it } from 'vitest'
import { randomOf } from '../../bench/scaling/random.ts'
import {
  type Forecast,
  isBelievable,
  noForecast,
  observeBucket,
  rateAhead,
} from '../../src/scaling/forecast.ts'

const lead = 2

/** `naive` is the mean of the last six buckets, as a window would have it. */
function learn(rates: readonly number[], season: number): Forecast {
  return rates.reduce((forecast, rate, at) => {
    const recent = rates.slice(Math.max(0, at - 5), at + 1)
    const naive = recent.reduce((sum, one) => sum + one, 0) / recent.length
    return observeBucket(forecast, rate, naive, season, lead)
  }, noForecast)
}

const dayOf = (at: number) => 10 - 8 * Math.cos((2 * Math.PI * at) / 24)

describe('the forecast', () => {
  it('learns a season, and tells what comes with it', () => {
    const days = Array.from({ length: 24 * 4 }, (_, at) => dayOf(at))
    const forecast = learn(days, 24)
    expect(isBelievable(forecast)).toBe(true)
    for (const ahead of [1, 3, 6]) {
      const coming = dayOf(24 * 4 - 1 + ahead)
      expect(Math.abs(rateAhead(forecast, ahead) - coming)).toBeLessThan(1)
    }
  })

  it('follows a ramp ahead of the window’s mean', () => {
    const ramp = Array.from({ length: 40 }, (_, at) => at)
    const forecast = learn(ramp, 0)
    expect(isBelievable(forecast)).toBe(true)
    expect(rateAhead(forecast, lead)).toBeGreaterThan(36.5)
  })

  it('damps the trend: far ahead it adds no more than ten times its step', () => {
    const ramp = Array.from({ length: 40 }, (_, at) => at)
    expect(rateAhead(learn(ramp, 0), 1000)).toBeLessThan(39 + 10)
  })

  it('is not believed where load is noise about a mean, which the window knows better', () => {
    const random = randomOf(3)
    const noise = Array.from({ length: 300 }, () => 5 + 4 * random.next())
    expect(isBelievable(learn(noise, 0))).toBe(false)
  })

  it('is not believed before it has been right', () => {
    expect(isBelievable(noForecast)).toBe(false)
    expect(isBelievable(learn([1, 2, 3], 0))).toBe(false)
  })

  it('never tells fewer than none', () => {
    expect(rateAhead(learn([90, 60, 30, 10, 0, 0, 0], 0), 5)).toBe(0)
  })
})
