// The one source of time of an actor system: what XState's timers, asks, back-offs and the effects of actors all
// go by. One clock is injected; the other shapes that libraries want are made from it here.

import { type Clock, Duration, Effect, type Fiber } from 'effect'

/** Time and timers. `now` and delays in milliseconds; `now` never goes backwards. */
export interface ActorClock {
  now(): number
  setTimeout(fn: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  /** Milliseconds since 1970, for what is kept beyond the process. It may jump. Default: the host's `Date.now`. */
  wall?(): number
  /** Says whether a set timer should keep the host process alive. Where a clock has no say in that, it has none. */
  hold?(handle: unknown, on: boolean): void
}

type NativeTimer = ReturnType<typeof globalThis.setTimeout>
/** What timers are in Node; in a page they are numbers, and a page needs nobody to keep it. */
type HoldingTimer = { readonly ref?: () => void; readonly unref?: () => void }

/** Longer delays than this overflow the host's timers and would fire at once. */
const longestTimer = 2 ** 31 - 1

/** A delay in parts that the host's timers can hold. */
class LongTimer {
  readonly #fn: () => void
  #part: NativeTimer
  #holds = true

  constructor(fn: () => void, ms: number) {
    this.#fn = fn
    this.#part = this.#wait(ms)
  }

  clear(): void {
    globalThis.clearTimeout(this.#part)
  }

  hold(on: boolean): void {
    this.#holds = on
    holdNative(this.#part, on)
  }

  #wait(ms: number): NativeTimer {
    if (ms <= longestTimer) return globalThis.setTimeout(this.#fn, ms)
    return globalThis.setTimeout(() => {
      this.#part = this.#wait(ms - longestTimer)
      if (!this.#holds) holdNative(this.#part, false)
    }, longestTimer)
  }
}

function holdNative(timer: HoldingTimer, on: boolean): void {
  if (on) timer.ref?.()
  else timer.unref?.()
}

const nativeClock: ActorClock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => (ms > longestTimer ? new LongTimer(fn, ms) : globalThis.setTimeout(fn, ms)),
  clearTimeout: handle =>
    handle instanceof LongTimer ? handle.clear() : globalThis.clearTimeout(handle as NativeTimer),
  hold: (handle, on) =>
    handle instanceof LongTimer ? handle.hold(on) : holdNative(handle as HoldingTimer, on),
}

const liveEffectClock = Effect.runSync(Effect.clockWith(Effect.succeed))

/** The clock that goes by an Effect clock: the host's own timers for the live one, else sleeps (a TestClock's). */
export function fromEffectClock(clock: Clock.Clock): ActorClock {
  if (clock === liveEffectClock) return nativeClock
  return {
    now: () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6,
    wall: () => clock.currentTimeMillisUnsafe(),
    setTimeout: (fn, ms) => Effect.runFork(Effect.andThen(clock.sleep(Duration.millis(ms)), Effect.sync(fn))),
    clearTimeout: handle => (handle as Fiber.Fiber<void>).interruptUnsafe(),
  }
}

/** The Effect clock that goes by an actor clock, for the effects that run inside the system. */
export function toEffectClock(clock: ActorClock): Clock.Clock {
  if (clock === nativeClock) return liveEffectClock
  const nanos = () => BigInt(Math.round(clock.now() * 1e6))
  const millis = () => clock.wall?.() ?? clock.now()
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: () => BigInt(Math.round(millis() * 1e6)),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(millis() * 1e6))),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: duration => {
      const ms = Duration.toMillis(duration)
      if (ms <= 0) return Effect.yieldNow
      if (!Number.isFinite(ms)) return Effect.never
      return Effect.callback(resume => {
        const handle = clock.setTimeout(() => resume(Effect.void), ms)
        return Effect.sync(() => clock.clearTimeout(handle))
      })
    },
  }
}
