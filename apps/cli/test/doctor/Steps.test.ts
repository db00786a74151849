// What somebody sees who waits for the doctor, on a terminal and in a log.
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Steps } from '../../src/doctor/Steps.ts'
import { Progress } from '../../src/output/Progress.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Steps over a stream, and what was written to it since the last look. */
const watch = (isTTY: boolean) => {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream
  const steps = new Steps(new Progress(stream))
  const seen = (): string => {
    const text: unknown = stream.read()
    // The escapes that rewrite a line stay in.
    return text instanceof Buffer ? text.toString() : ''
  }
  return { steps, seen }
}

describe('Whoever waits for the doctor', () => {
  it('sees on a terminal something new each second, whatever takes how long', () => {
    const { steps, seen } = watch(true)
    steps.begin('1 of 2: trying firefox')
    steps.now('start')
    expect(seen()).toContain('start …')
    for (let second = 1; second <= 30; second++) {
      vi.advanceTimersByTime(1_000)
      expect(seen()).toContain(`start … ${second} s`)
    }
    steps[Symbol.dispose]()
    vi.advanceTimersByTime(10_000)
    expect(seen()).not.toContain('start')
  })

  it('finds in a log each task once, a long phase now and then, and how long each took', () => {
    const { steps, seen } = watch(false)
    steps.begin('1 of 2: trying firefox')
    steps.now('start')
    vi.advanceTimersByTime(11_400)
    steps.now('back-ends')
    vi.advanceTimersByTime(2_100)
    steps.end()
    expect(seen().split('\n')).toEqual([
      '1 of 2: trying firefox …',
      '  start … 5 s',
      '  start … 10 s',
      '  start 11.4 s, back-ends 2.1 s',
      '',
    ])
    steps[Symbol.dispose]()
  })
})
