// The Promise face: the same system for those who do not write Effects. It holds no logic of its own.

import { Cause, type Duration, Effect, Exit, Logger, Scope } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorRef, ReplyTo } from './ActorRef.ts'
import { takesQuestions } from './Ask.ts'
import type { ChildSpec, SupervisorSpec } from './ChildSpec.ts'
import { millisecondsOf } from './milliseconds.ts'
import type { SupervisorRef } from './SupervisorRef.ts'
import type { SystemContract } from './SystemContract.ts'

/** An ActorRef whose waits are promises; they reject with the same typed errors. `ref` is the Effect face. */
export interface PromiseRef<in M extends EventObject, out S = unknown>
  extends Pick<ActorRef<M, S>, 'path' | 'tell' | 'watch' | 'getSnapshot' | 'subscribe'> {
  readonly ref: ActorRef<M, S>
  offer(message: M): Promise<void>
  ask<R>(make: (replyTo: ReplyTo<R>) => M, timeout: Duration.Input): Promise<R>
  stop(): Promise<void>
}

/** A system for `await using`: leaving the block stops it. `effect` is the Effect face of the same system. */
export interface PromiseSystem
  extends Pick<
    SystemContract,
    'name' | 'root' | 'clock' | 'inspect' | 'events' | 'deadLetters' | 'abandoned' | 'lookupSupervisor'
  > {
  readonly effect: SystemContract
  spawn<M extends EventObject, S>(spec: ChildSpec<M, S>): Promise<PromiseRef<M, S>>
  spawn(spec: SupervisorSpec): Promise<SupervisorRef>
  lookup<M extends EventObject = never, S = unknown>(path: string): PromiseRef<M, S> | undefined
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Wraps a ref so that what it waits for is a promise. */
const toPromiseRef = <M extends EventObject, S>(ref: ActorRef<M, S>): PromiseRef<M, S> => ({
  ref,
  path: ref.path,
  tell: message => ref.tell(message),
  watch: listener => ref.watch(listener),
  getSnapshot: () => ref.getSnapshot(),
  subscribe: listener => ref.subscribe(listener),
  offer: message => Effect.runPromise(ref.offer(message)),
  ask: (makeMessage, timeout) => ask(ref, makeMessage, timeout),
  stop: () => Effect.runPromise(ref.stop()),
})

/** A fiber for each question would cost more than the question. */
function ask<M extends EventObject, R>(
  ref: ActorRef<M>,
  make: (replyTo: ReplyTo<R>) => M,
  timeout: Duration.Input,
): Promise<R> {
  if (!takesQuestions(ref)) return Effect.runPromise(ref.ask(make, timeout))
  return new Promise((resolve, reject) => {
    ref.question(make, millisecondsOf(timeout), outcome => {
      if (Exit.isSuccess(outcome)) resolve(outcome.value)
      else reject(Cause.squash(outcome.cause))
    })
  })
}

/** Standard output belongs to the program: what is logged goes to standard error. */
const errorLog = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

export async function startPromiseSystem(
  make: Effect.Effect<SystemContract, never, Scope.Scope>,
): Promise<PromiseSystem> {
  const scope = Scope.makeUnsafe()
  const system = await Effect.runPromise(Effect.provide(Scope.provide(make, scope), errorLog))
  const stop = () => Effect.runPromise(Scope.close(scope, Exit.void))
  async function spawn<M extends EventObject, S>(spec: ChildSpec<M, S>): Promise<PromiseRef<M, S>>
  async function spawn(spec: SupervisorSpec): Promise<SupervisorRef>
  async function spawn(spec: ChildSpec<never> | SupervisorSpec) {
    if (spec._tag === 'Supervisor') return Effect.runPromise(system.spawn(spec))
    return toPromiseRef(await Effect.runPromise(system.spawn(spec)))
  }
  return {
    effect: system,
    name: system.name,
    root: system.root,
    clock: system.clock,
    events: system.events,
    deadLetters: system.deadLetters,
    abandoned: system.abandoned,
    inspect: listener => system.inspect(listener),
    lookupSupervisor: path => system.lookupSupervisor(path),
    lookup: <M extends EventObject, S>(path: string) => {
      const found = system.lookup<M, S>(path)
      return found && toPromiseRef(found)
    },
    spawn,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
