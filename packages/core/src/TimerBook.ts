// The delayed events of one incarnation, with their deadlines: XState's snapshots hold none, so that a restored
// machine would wait for ever. It stands between XState's scheduler and the system's clock, keeps what is written
// through it, and writes the rest of each delay into the next incarnation's scheduler. Only for actors that keep
// their state.

import type { AnyActor, AnyActorRef, EventObject } from 'xstate'
import type { ActorClock } from './ActorClock.ts'
import type { KeptTimer } from './KeptSnapshot.ts'

interface Timer {
  readonly source: AnyActorRef
  readonly target: AnyActorRef
  readonly event: EventObject
  readonly id: string
  readonly at: number
}

type WithChildren = { readonly children?: Record<string, AnyActorRef | undefined> }

const childrenOf = (ref: AnyActorRef): Record<string, AnyActorRef | undefined> =>
  (ref.getSnapshot() as WithChildren | undefined)?.children ?? {}

/** Where each actor of an XState system stands: the ids from its root down. */
function pathsOf(root: AnyActorRef, path: readonly string[] = []): Map<string, readonly string[]> {
  const paths = new Map([[root.sessionId, path]])
  for (const [id, child] of Object.entries(childrenOf(root))) {
    if (child === undefined) continue
    for (const [session, at] of pathsOf(child, [...path, id])) paths.set(session, at)
  }
  return paths
}

const refAt = (root: AnyActorRef, path: readonly string[]): AnyActorRef | undefined =>
  path.reduce<AnyActorRef | undefined>((ref, id) => ref && childrenOf(ref)[id], root)

/** For timers that their machine gave no id. Not counted: a timer from another incarnation keeps its own. */
const anonymousId = () => Math.random().toString(36).slice(2)

/** XState's clock, for one incarnation: tells the book when a timer has fired. */
export class BookedClock {
  readonly #clock: ActorClock
  readonly timers = new Map<string, Timer>()
  /** Set while XState's scheduler sets the timer of this key. */
  scheduling: string | undefined

  constructor(clock: ActorClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const key = this.scheduling
    return this.#clock.setTimeout(() => {
      const timer = key === undefined ? undefined : this.timers.get(key)
      fn()
      // Only now: a timer whose event fails its machine is still due. It may have set itself again meanwhile.
      if (key !== undefined && this.timers.get(key) === timer) this.timers.delete(key)
    }, ms)
  }

  clearTimeout(handle: unknown): void {
    this.#clock.clearTimeout(handle)
  }
}

export class TimerBook {
  readonly #root: AnyActor
  readonly #clock: BookedClock
  #left: readonly KeptTimer[] | undefined

  constructor(root: AnyActor, clock: BookedClock) {
    this.#root = root
    this.#clock = clock
    const { scheduler } = root.system
    const { schedule, cancel, cancelAll } = scheduler
    scheduler.schedule = (source, target, event, delay, id = anonymousId()) => {
      const key = `${source.sessionId}.${id}`
      clock.timers.set(key, { source, target, event, id, at: clock.now() + delay })
      clock.scheduling = key
      schedule(source, target, event, delay, id)
      clock.scheduling = undefined
    }
    scheduler.cancel = (source, id) => {
      clock.timers.delete(`${source.sessionId}.${id}`)
      cancel(source, id)
    }
    scheduler.cancelAll = actor => {
      // XState cancels before it says that the machine has ended.
      if (actor === root) this.#left ??= this.#read()
      cancelAll(actor)
    }
  }

  /** The timers that have not fired, as they were when the machine ended, or as they are. */
  left(): readonly KeptTimer[] {
    return this.#left ?? this.#read()
  }

  /** Sets the timers of a kept snapshot again, `elapsedMs` after it was kept. */
  rearm(timers: readonly KeptTimer[], elapsedMs: number): void {
    for (const { source, target, event, id, remainingMs } of timers) {
      const from = refAt(this.#root, source)
      const to = refAt(this.#root, target)
      if (from === undefined || to === undefined) continue
      this.#root.system.scheduler.schedule(from, to, event, Math.max(remainingMs - elapsedMs, 0), id)
    }
  }

  /** Delayed events to actors outside cannot be kept: nobody could say who they are. */
  #read(): readonly KeptTimer[] {
    const paths = pathsOf(this.#root)
    const now = this.#clock.now()
    return [...this.#clock.timers.values()].flatMap(timer => {
      const source = paths.get(timer.source.sessionId)
      const target = paths.get(timer.target.sessionId)
      if (source === undefined || target === undefined) return []
      const remainingMs = Math.max(timer.at - now, 0)
      return [{ source, target, id: timer.id, event: timer.event, remainingMs }]
    })
  }
}
