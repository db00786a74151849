import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NearestTimer } from '../../src/admission/NearestTimer.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

describe('NearestTimer', () => {
  it('fires at the nearest moment it was armed for, once', () => {
    const fire = vi.fn()
    const timer = new NearestTimer(() => Date.now(), fire)
    timer.arm(50)
    timer.arm(20)
    timer.arm(80)
    expect(timer.at).toBe(20)
    vi.advanceTimersByTime(20)
    expect(fire).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(100)
    expect(fire).toHaveBeenCalledOnce()
  })

  it('fires at once for a moment that has passed', () => {
    const fire = vi.fn()
    new NearestTimer(() => 100, fire).arm(40)
    vi.advanceTimersByTime(0)
    expect(fire).toHaveBeenCalledOnce()
  })

  it('does not fire once disarmed, and can be armed again', () => {
    const fire = vi.fn()
    const timer = new NearestTimer(() => Date.now(), fire)
    timer.arm(10)
    timer.disarm()
    vi.advanceTimersByTime(20)
    expect(fire).not.toHaveBeenCalled()
    timer.arm(30)
    vi.advanceTimersByTime(10)
    expect(fire).toHaveBeenCalledOnce()
  })
})
