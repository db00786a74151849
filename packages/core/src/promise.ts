// The Promise face: the same system for those who do not write Effects. It holds no logic of its own.

import { Effect, Exit, Logger, Scope } from 'effect'
import type { EventObject } from 'xstate'
import type { SupervisorSpec } from './ChildSpec.ts'
import type { ExitReason } from './ExitReason.ts'
import { type PromiseRef, toPromiseRef } from './PromiseRef.ts'
import { type PromiseSupervisorRef, startChildOf, toPromiseSupervisorRef } from './PromiseSupervisorRef.ts'
import type { SystemContract } from './SystemContract.ts'

/** A system for `await using`: leaving the block stops it. `effect` is the Effect face of the same system. */
export interface PromiseSystem
  extends Pick<SystemContract, 'name' | 'clock' | 'inspect' | 'events' | 'deadLetters' | 'abandoned'> {
  readonly effect: SystemContract
  readonly root: PromiseSupervisorRef
  /** Starts a child of the root supervisor. */
  readonly spawn: PromiseSupervisorRef['startChild']
  lookup<M extends EventObject = never, S = unknown>(path: string): PromiseRef<M, S> | undefined
  lookupSupervisor(path: string): PromiseSupervisorRef | undefined
  /** Fulfilled when the system has ended: stopped from outside, or because its root supervisor gave up. */
  readonly terminated: Promise<ExitReason>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Standard output belongs to the program: what is logged goes to standard error. */
const errorLog = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

export async function startPromiseSystem(
  make: Effect.Effect<SystemContract, unknown, Scope.Scope>,
): Promise<PromiseSystem> {
  const scope = Scope.makeUnsafe()
  const system = await Effect.runPromise(Effect.provide(Scope.provide(make, scope), errorLog))
  let stopping: Promise<void> | undefined
  // One stop for all who ask: a scope that is being closed says at once that it is closed.
  const stop = () => {
    stopping ??= Effect.runPromise(Scope.close(scope, Exit.void))
    return stopping
  }
  return {
    effect: system,
    name: system.name,
    root: toPromiseSupervisorRef(system.root),
    clock: system.clock,
    events: system.events,
    deadLetters: system.deadLetters,
    abandoned: system.abandoned,
    terminated: Effect.runPromise(system.terminated),
    inspect: listener => system.inspect(listener),
    lookup: <M extends EventObject, S>(path: string) => {
      const found = system.lookup<M, S>(path)
      return found && toPromiseRef(found)
    },
    lookupSupervisor: path => {
      const found = system.lookupSupervisor(path)
      return found && toPromiseSupervisorRef(found)
    },
    spawn: startChildOf(spec => system.spawn(spec as SupervisorSpec)),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
