import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ActorClock } from '../src/ActorClock.ts'
import { type Timed, TimerWheel } from '../src/TimerWheel.ts'
import { VirtualClock } from '../src/testing/index.ts'

const move = (clock: VirtualClock, by: number) => {
  const until = clock.now() + by
  while (clock.step(until));
}

test('there is no timer while there is no deadline, and one however many there are', () => {
  const clock = new VirtualClock()
  const wheel = new TimerWheel(clock)
  expect(clock.pending).toBe(0)
  const deadlines = Array.from({ length: 1000 }, (_, ms) => wheel.after(ms + 1, () => {}))
  expect(clock.pending).toBe(1)
  for (const deadline of deadlines) deadline.cancel()
  expect(clock.pending).toBe(0)
})

test('a deadline without end is none', () => {
  const clock = new VirtualClock()
  new TimerWheel(clock).after(Number.POSITIVE_INFINITY, () => expect.unreachable())
  expect(clock.pending).toBe(0)
})

test('what is over before it has its time has cost no timer', () => {
  const clock = new VirtualClock()
  const wheel = new TimerWheel(clock)
  const timed: Timed = {
    at: -1,
    sequence: 0,
    next: undefined,
    previous: undefined,
    fire: () => expect.unreachable(),
  }
  wheel.wake(5, timed)
  wheel.remove(timed)
  wheel.settle()
  expect([clock.pending, timed.at]).toEqual([0, -1])
})

test('what fires may set and cancel others', () => {
  const clock = new VirtualClock()
  const wheel = new TimerWheel(clock)
  const fired: string[] = []
  wheel.after(5, () => {
    fired.push('a')
    second.cancel()
    wheel.after(5, () => fired.push('c'))
  })
  const second = wheel.after(5, () => fired.push('b'))
  move(clock, 10)
  expect(fired).toEqual(['a', 'c'])
})

test('each deadline fires once, at its time, in order of time, unless it was cancelled before', () => {
  const script = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        // Itself in the wheel, and given its time later.
        itself: fc.boolean(),
        ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 5000 })),
      }),
      fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('move' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(script, steps => {
      const clock = new VirtualClock()
      const wheel = new TimerWheel(clock)
      const due: { at: number; firedAt: number | undefined; cancelled: boolean; cancel: () => void }[] = []
      const order: number[] = []
      for (const step of steps) {
        if (step.do === 'add') {
          const entry = {
            at: clock.now() + step.ms,
            firedAt: undefined as number | undefined,
            cancelled: false,
            cancel: () => {},
          }
          const fire = () => {
            expect(entry.firedAt).toBeUndefined()
            entry.firedAt = clock.now()
            order.push(entry.at)
          }
          if (step.itself) {
            const timed: Timed = { at: -1, sequence: 0, next: undefined, previous: undefined, fire }
            wheel.wake(step.ms, timed)
            entry.cancel = () => wheel.remove(timed)
          } else {
            const deadline = wheel.after(step.ms, fire)
            entry.cancel = () => deadline.cancel()
          }
          due.push(entry)
        } else if (step.do === 'cancel') {
          const entry = due[step.which % Math.max(due.length, 1)]
          if (entry === undefined) continue
          entry.cancel()
          entry.cancelled ||= entry.firedAt === undefined
        } else {
          wheel.settle()
          move(clock, step.ms)
        }
      }
      wheel.settle()
      move(clock, 10_000)
      for (const entry of due) expect(entry.firedAt).toBe(entry.cancelled ? undefined : entry.at)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 500 },
  )
})

test('a timer that nobody needs any more lets go of the process a moment later, and holds it again when it is needed', () => {
  const virtual = new VirtualClock()
  const held = new Map<unknown, boolean>()
  const clock: ActorClock = {
    now: () => virtual.now(),
    setTimeout: (fn, ms) => {
      const handle = virtual.setTimeout(() => {
        held.delete(handle)
        fn()
      }, ms)
      held.set(handle, true)
      return handle
    },
    clearTimeout: handle => {
      held.delete(handle)
      virtual.clearTimeout(handle)
    },
    hold: (handle, on) => void held.set(handle, on),
  }
  const holds = () => [...held.values()].includes(true)
  const wheel = new TimerWheel(clock)
  for (let asks = 3; asks > 0; asks--) wheel.after(60_000, () => expect.unreachable()).cancel()
  expect(held.size).toBe(2)
  move(virtual, 100)
  expect(holds()).toBe(false)
  let fired = 0
  const needed = wheel.after(90_000, () => {
    fired += 1
  })
  expect(holds()).toBe(true)
  move(virtual, 80_000)
  expect([fired, holds()]).toEqual([0, true])
  move(virtual, 20_000)
  expect([fired, holds()]).toEqual([1, false])
  needed.cancel()
  expect(holds()).toBe(false)
})
