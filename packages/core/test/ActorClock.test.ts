import { Clock, Effect } from 'effect'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fromEffectClock } from '../src/ActorClock.ts'

const day = 24 * 60 * 60 * 1000

/** What the system goes by where nobody gives it a clock. */
const native = Effect.runSync(Effect.map(Clock.Clock, fromEffectClock))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('a delay longer than the timers of the host (24.8 days) is waited to its end', () => {
  let fired = 0
  native.setTimeout(() => {
    fired += 1
  }, 60 * day)
  vi.advanceTimersByTime(60 * day - 1)
  expect(fired).toBe(0)
  vi.advanceTimersByTime(1)
  expect(fired).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('a long delay can be cleared in each of its parts, and one without end is never over', () => {
  const handle = native.setTimeout(() => expect.unreachable(), 60 * day)
  vi.advanceTimersByTime(30 * day)
  native.clearTimeout(handle)
  expect(vi.getTimerCount()).toBe(0)
  const endless = native.setTimeout(() => expect.unreachable(), Number.POSITIVE_INFINITY)
  vi.advanceTimersByTime(1000 * day)
  native.clearTimeout(endless)
  expect(vi.getTimerCount()).toBe(0)
})

test('a long delay that is not to keep the process alive, does not in any of its parts', () => {
  const holds: boolean[] = []
  vi.useRealTimers()
  const parts: (() => void)[] = []
  const spied = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((fn: () => void) => {
    parts.push(fn)
    return { ref: () => holds.push(true), unref: () => holds.push(false) }
  }) as never)
  const handle = native.setTimeout(() => {}, 60 * day)
  native.hold?.(handle, false)
  parts[0]?.()
  native.hold?.(handle, true)
  spied.mockRestore()
  expect(holds).toEqual([false, false, true])
})
