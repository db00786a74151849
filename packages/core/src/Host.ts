// What XState logic finds of the cell that hosts it. XState gives logic its own system object, one for each
// root actor: that is the key.

import type { Effect, Exit, Fiber, Scope } from 'effect'
import type { AnyActorRef } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { Fence } from './FencedRef.ts'

export interface Host extends Fence {
  readonly path: ActorPath
  /** Whether this is its own machine: not one that that has invoked or spawned. */
  hosts(actor: AnyActorRef): boolean
  /** Whether its machine still takes events: not once it has begun to end. */
  readonly isRunning: boolean
  /** Lives as long as the incarnation. */
  readonly scope: Scope.Scope
  /** Ends the incarnation with a failure that XState does not report. */
  fail(error: unknown): void
  /** An effect of it has ended with nobody left to take its end: a failure is logged. */
  unheard(exit: Exit.Exit<unknown, unknown>): void
  /** Runs an effect that belongs to the incarnation; it is interrupted when that ends, and not begun after that. */
  adopt<A, E>(effect: Effect.Effect<A, E>, onExit: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E>
}

type XStateSystem = AnyActorRef['system']

const hosts = new WeakMap<XStateSystem, Host>()

export const hostOn = (system: XStateSystem, host: Host): void => void hosts.set(system, host)

/** The host of this XState system; none under plain `createActor`. */
export const hostOf = (system: XStateSystem): Host | undefined => hosts.get(system)
