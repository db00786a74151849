// An Effect or a Stream as XState logic to invoke. The fiber belongs to the incarnation that invoked it, is
// interrupted when the state is left, and its scope is closed (finalizers awaited) before a restart. A typed
// failure goes to onError; a defect goes to the supervisor, past onError, because no machine can answer for it.

import { Cause, Effect, type Exit, Result, type Scope, Stream } from 'effect'
import {
  type ActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type EventObject,
  fromCallback,
  type NonReducibleUnknown,
  type Snapshot,
} from 'xstate'
import type { ActorRef } from './ActorRef.ts'
import { EffectInterrupted, NotHosted } from './errors.ts'
import { FencedRef } from './FencedRef.ts'
import { type Host, hostOf } from './Host.ts'
import type { SystemContract } from './SystemContract.ts'

/** What an effect is given when its state is entered. */
export interface EffectArgs<I, M extends EventObject> {
  readonly input: I
  /** The actor that invoked it. What an incarnation tells it that is over is a dead letter. Not to hand out. */
  readonly self: ActorRef<M>
  /** The same actor, across its restarts: to hand out to others. */
  readonly ref: ActorRef<M>
  readonly system: SystemContract
  /** Sends an event to the machine that invoked it, until the state is left. */
  readonly sendBack: (event: M) => void
  /** Lives as long as the incarnation, not the state: for what is acquired here and used in later states. */
  readonly actorScope: Scope.Scope
}

type EffectSnapshot<A, I> = Snapshot<A> & { readonly input: I | undefined }

type Ended<A> =
  | { readonly type: 'shoal.effect.succeeded'; readonly output: A }
  | { readonly type: 'shoal.effect.failed'; readonly error: unknown }

/** Logic to invoke that runs an Effect and ends with its value. */
export type EffectLogic<A, I> = ActorLogic<
  EffectSnapshot<A, I>,
  EventObject,
  I,
  AnyActorScope['system'],
  EventObject
>

/**
 * Logic to invoke that runs the Effect when the state is entered. The Scope it may use is closed when the Effect
 * ends or the state is left, so a resource is held by an Effect that goes on (`Effect.never`, or the wait for its
 * end), or acquired into `actorScope`. Its value arrives at onDone, its typed failure at onError.
 */
export function fromEffect<A, E, I = NonReducibleUnknown, M extends EventObject = EventObject>(
  create: (args: EffectArgs<I, M>) => Effect.Effect<A, E, Scope.Scope>,
): EffectLogic<A, I> {
  // A callback is XState's own way to have something run in a state, be told when that is left, and send events back.
  const running = fromCallback<EventObject, I>(({ input, self, system, sendBack }) => {
    const host = hostOf(system)
    let active = true
    // XState forgets a spawned actor whose id is taken by the next one, and never stops it.
    const toMachine = (event: M) => {
      if (active && host?.isRunning !== false) sendBack(event)
    }
    const effect = Effect.scoped(Effect.suspend(() => create(argsFor(input, host, toMachine))))
    const onExit = (exit: Exit.Exit<A, E>) => {
      if (active) report(exit, self, host)
      else host?.unheard(exit)
    }
    const fiber = host === undefined ? forkAlone(effect, onExit) : host.adopt(effect, onExit)
    return () => {
      active = false
      fiber.interruptUnsafe()
    }
  }) as unknown as EffectLogic<A, I>
  return {
    ...running,
    config: create,
    transition: (snapshot, event, scope) => {
      const ended = event as Ended<A>
      if (ended.type === 'shoal.effect.succeeded') {
        return { status: 'done', output: ended.output, error: undefined, input: undefined }
      }
      if (ended.type === 'shoal.effect.failed') {
        return { status: 'error', output: undefined, error: ended.error, input: undefined }
      }
      return running.transition(snapshot, event, scope)
    },
  }
}

/** Logic to invoke that sends each element of the Stream to its machine as an event; its end arrives at onDone. */
export const fromEffectStream = <M extends EventObject, E, I = NonReducibleUnknown>(
  create: (args: EffectArgs<I, M>) => Stream.Stream<M, E, Scope.Scope>,
): EffectLogic<void, I> =>
  fromEffect<void, E, I, M>(args =>
    Stream.runForEach(create(args), event => Effect.sync(() => args.sendBack(event))),
  )

function argsFor<I, M extends EventObject>(
  input: I,
  host: Host | undefined,
  sendBack: (event: M) => void,
): EffectArgs<I, M> {
  const hosted = (wanted: string): Host => {
    if (host === undefined) throw new NotHosted({ wanted })
    return host
  }
  return {
    input,
    get self() {
      return new FencedRef(hosted('actor')) as unknown as ActorRef<M>
    },
    get ref() {
      return hosted('actor').self as ActorRef<M>
    },
    get system() {
      return hosted('system').kernel.system()
    },
    get actorScope() {
      return hosted('actor scope').scope
    },
    sendBack,
  }
}

function forkAlone<A, E>(effect: Effect.Effect<A, E>, onExit: (exit: Exit.Exit<A, E>) => void) {
  const fiber = Effect.runFork(effect)
  fiber.addObserver(onExit)
  return fiber
}

function report<A, E>(exit: Exit.Exit<A, E>, self: AnyActorRef, host: Host | undefined): void {
  if (exit._tag === 'Success') {
    self.send({ type: 'shoal.effect.succeeded', output: exit.value })
    return
  }
  const error = Cause.findError(exit.cause)
  if (Result.isSuccess(error)) {
    self.send({ type: 'shoal.effect.failed', error: error.success })
    return
  }
  const defect = Cause.hasInterruptsOnly(exit.cause)
    ? new EffectInterrupted({ path: host?.path ?? self.id })
    : Cause.squash(exit.cause)
  if (host !== undefined) host.fail(defect)
  else self.send({ type: 'shoal.effect.failed', error: defect })
}
