// A ref of the Promise face: an ActorRef whose waits are promises. It holds no logic of its own.

import { type Duration, Effect } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorRef, ReplyTo } from './ActorRef.ts'
import { type Asker, takesQuestions } from './Ask.ts'

/** An ActorRef whose waits are promises; they reject with the same typed errors. `ref` is the Effect face. */
export interface PromiseRef<in M extends EventObject, out S = unknown>
  extends Pick<ActorRef<M, S>, 'path' | 'tell' | 'watch' | 'getSnapshot' | 'subscribe'> {
  readonly ref: ActorRef<M, S>
  offer(message: M): Promise<void>
  ask<R>(make: (replyTo: ReplyTo<R>) => M, timeout: Duration.Input): Promise<R>
  stop(): Promise<void>
}

const known = new WeakMap<object, PromiseRef<never>>()

/** The Promise face of a ref: one for each, so that who looks it up twice has the same. */
export function toPromiseRef<M extends EventObject, S>(ref: ActorRef<M, S>): PromiseRef<M, S> {
  const face = known.get(ref)
  if (face !== undefined) return face as unknown as PromiseRef<M, S>
  const made: PromiseRef<M, S> = {
    ref,
    path: ref.path,
    tell: message => ref.tell(message),
    watch: listener => ref.watch(listener),
    getSnapshot: () => ref.getSnapshot(),
    subscribe: listener => ref.subscribe(listener),
    offer: message => Effect.runPromise(ref.offer(message)),
    ask: (make, timeout) => ask(ref, make, timeout),
    stop: () => Effect.runPromise(ref.stop()),
  }
  known.set(ref, made as unknown as PromiseRef<never>)
  return made
}

/** A fiber for each question would cost more than the question. */
function ask<M extends EventObject, R>(
  ref: ActorRef<M>,
  make: (replyTo: ReplyTo<R>) => M,
  timeout: Duration.Input,
): Promise<R> {
  if (!takesQuestions(ref)) return Effect.runPromise(ref.ask(make, timeout))
  const waiting = Promise.withResolvers<R>()
  try {
    ref.question(make, timeout, promiseAsker, waiting)
  } catch (error) {
    // What `make` threw: whoever awaits an answer has no place for an error but the promise.
    waiting.reject(error)
  }
  return waiting.promise
}

/** An asker is a promise that nobody has settled. */
const promiseAsker: Asker<Pick<PromiseWithResolvers<never>, 'resolve' | 'reject'>> = {
  succeed: ({ resolve }, value) => resolve(value as never),
  fail: ({ reject }, error) => reject(error),
}
