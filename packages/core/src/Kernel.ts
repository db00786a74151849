// What every part of one actor system shares: its clock, its queues, its books. Plain data that the system
// makes once and hands down; it starts and stops nothing itself.

import type { Effect, Fiber } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorClock } from './ActorClock.ts'
import type { ActorPath } from './ActorPath.ts'
import { callListener } from './callListener.ts'
import type { Dispatcher } from './Dispatcher.ts'
import type { Abandoned, DeadLetter, DeadReason, Hub, Inspection, LifecycleEvent } from './Inspection.ts'
import type { Registry } from './Registry.ts'
import type { SystemContract } from './SystemContract.ts'
import type { SystemLog } from './SystemLog.ts'
import type { TimerWheel } from './TimerWheel.ts'
import type { Turn } from './Turn.ts'

/** Counts the messages that reached nobody, and shows each to whoever listens. */
export interface DeadLetterOffice {
  readonly hub: Hub<DeadLetter>
  count: number
}

export interface Kernel {
  readonly clock: ActorClock
  readonly wheel: TimerWheel
  readonly dispatcher: Dispatcher
  readonly registry: Registry
  readonly turn: Turn
  readonly inspections: Hub<Inspection>
  readonly events: Hub<LifecycleEvent>
  readonly deadLetters: DeadLetterOffice
  readonly abandoned: Abandoned[]
  readonly log: SystemLog
  /** Runs an effect with the system's context (clock, logger, tracer …). Its failure stays in the fiber. */
  readonly fork: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  /** A listener of a user threw: logged, because it must not break what it listens to. */
  readonly onListenerError: (error: unknown) => void
  readonly system: () => SystemContract
}

/** Publishes a lifecycle event to the event stream and to the inspectors. */
export function announce(kernel: Kernel, event: LifecycleEvent): void {
  kernel.log.lifecycle(event)
  kernel.events.publish(event)
  if (kernel.inspections.active) kernel.inspections.publish(event)
}

/** Calls a listener of a user, whatever it does. */
export const notify = <A>({ onListenerError }: Kernel, listener: (value: A) => void, value: A): void =>
  callListener(listener, value, onListenerError)

const mostAbandoned = 1000

/** Books an incarnation that was given up. The last ones are kept: a list that only grows would be a leak. */
export function abandon({ abandoned, log }: Pick<Kernel, 'abandoned' | 'log'>, incarnation: Abandoned): void {
  if (abandoned.length >= mostAbandoned) abandoned.shift()
  abandoned.push(incarnation)
  log.abandoned(incarnation)
}

/** Books a message that reached nobody. */
export function bury(kernel: Kernel, path: ActorPath, message: EventObject, why: DeadReason): void {
  kernel.deadLetters.count += 1
  const letter = { path, message, why }
  kernel.log.dead(letter)
  if (kernel.deadLetters.hub.active) kernel.deadLetters.hub.publish(letter)
  if (kernel.inspections.active) {
    kernel.inspections.publish({ _tag: 'MessageDead', path, at: kernel.clock.now(), message, why })
  }
}
