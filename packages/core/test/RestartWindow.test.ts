import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addRestart, emptyWindow } from '../src/RestartWindow.ts'

const after = (times: readonly number[], limits: { intensity: number; periodMs: number }) => {
  let window = emptyWindow
  return times.map(now => {
    const added = addRestart(window, now, limits)
    window = added.window
    return added.exceeded
  })
}

describe('restarts are too many', () => {
  test.each([
    ['the first, with an intensity of 0', 0, 5000, [0], [true]],
    ['the second within the period, with an intensity of 1', 1, 5000, [0, 4999], [false, true]],
    ['the second exactly one period later', 1, 5000, [0, 5000], [false, true]],
    ['not the second one period and a moment later', 1, 5000, [0, 5001], [false, false]],
    ['the third within the period, with an intensity of 2', 2, 1000, [0, 500, 1000], [false, false, true]],
    ['not the third once the first has aged out', 2, 1000, [0, 500, 1001], [false, false, false]],
    [
      'not one each 2.1 s, with an intensity of 1 per s',
      1,
      1000,
      [0, 2100, 4200, 6300],
      [false, false, false, false],
    ],
  ])('%s', (_title, intensity, periodMs, times, expected) => {
    expect(after(times, { intensity, periodMs })).toEqual(expected)
  })
})

test('exactly when more than `intensity` restarts lie within the last period, ends included', () => {
  const limits = fc.record({
    intensity: fc.integer({ min: 0, max: 5 }),
    periodMs: fc.integer({ min: 0, max: 100 }),
  })
  const gaps = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 })
  fc.assert(
    fc.property(limits, gaps, (given, between) => {
      let now = 0
      const times = between.map(gap => (now += gap))
      const expected = times.map(
        (time, at) => times.filter((t, i) => i <= at && t >= time - given.periodMs).length > given.intensity,
      )
      expect(after(times, given)).toEqual(expected)
    }),
  )
})
