// The root of everything: makes the parts that all actors share, starts the root supervisor, and stops it. Two
// thin faces of one implementation: Effect here, Promise in promise.ts.

import { Clock, Context, Deferred, type Duration, Effect, Layer, type Scope } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorClock } from './ActorClock.ts'
import { fromEffectClock, toEffectClock } from './ActorClock.ts'
import { rootPath } from './ActorPath.ts'
import type { ActorRef } from './ActorRef.ts'
import type { AnySpec } from './ChildSpec.ts'
import { callListener } from './callListener.ts'
import { Dispatcher } from './Dispatcher.ts'
import { type ExitReason, failure } from './ExitReason.ts'
import type { InvalidSpec, StartFailed } from './errors.ts'
import { type DeadLetter, Hub, type Inspection, type LifecycleEvent } from './Inspection.ts'
import type { Kernel } from './Kernel.ts'
import { LocalRef } from './LocalRef.ts'
import { listenerStream } from './listenerStream.ts'
import { type PromiseSystem, startPromiseSystem } from './promise.ts'
import { Registry } from './Registry.ts'
import { Supervisor } from './Supervisor.ts'
import type { EventSource, SystemContract } from './SystemContract.ts'
import { type LogOption, type LogRecord, SystemLog, toEffectLog } from './SystemLog.ts'
import { supervisor } from './specify.ts'
import { TimerWheel } from './TimerWheel.ts'
import { traceOfFiber } from './Trace.ts'

export interface SystemOptions {
  readonly name?: string
  /** The children to start with, in this order. */
  readonly children?: readonly AnySpec[]
  /** Restarts of children of the root allowed within `period`; default 1 within 5 s. */
  readonly intensity?: number
  readonly period?: Duration.Input
  /** Total time that an orderly stop may take; then what still runs is killed. Default 10 s. */
  readonly shutdown?: Duration.Input
  /**
   * Failures, restarts, supervisors that gave up and dead letters are logged, at most 10 of a kind in 10 s: by default to
   * the Effect loggers in the environment, and by the Promise face to standard error (in a page, its console). `off`
   * for nothing, or a function for something else.
   */
  readonly log?: LogOption
  /** Where time comes from; default: the Effect clock in the environment. */
  readonly clock?: ActorClock
}

/** A running system of supervised actors. */
export interface ActorSystem extends SystemContract {}

const service = Context.Service<ActorSystem>('@shoal/core/ActorSystem')

/** Why a system did not start: one of its children, or a description that cannot work. Nothing of it is left. */
export type SystemStartError = StartFailed | InvalidSpec

function make(options: SystemOptions = {}): Effect.Effect<ActorSystem, SystemStartError, Scope.Scope> {
  return Effect.acquireRelease(build(options), system => system.stop)
}

const build = Effect.fnUntraced(function* (options: SystemOptions) {
  const clock = options.clock ?? fromEffectClock(yield* Clock.Clock)
  const context = Context.add(yield* Effect.context<never>(), Clock.Clock, toEffectClock(clock))
  const registry = new Registry()
  const fork = Effect.runForkWith(context)
  const log = new SystemLog(
    () => clock.now(),
    writerOf(options.log, record => void fork(toEffectLog(record))),
  )
  const onListenerError = (error: unknown) => log.listenerThrew(error)
  const inspections = new Hub<Inspection>(onListenerError, active => {
    for (const resident of registry.all()) resident.inspect(active)
  })
  const wheel = new TimerWheel(clock)
  const kernel: Kernel = {
    clock,
    registry,
    inspections,
    wheel,
    dispatcher: new Dispatcher(() => wheel.settle()),
    turn: { outbox: undefined, trace: undefined },
    events: new Hub<LifecycleEvent>(onListenerError),
    deadLetters: { hub: new Hub<DeadLetter>(onListenerError), count: 0 },
    abandoned: [],
    log,
    fork,
    onListenerError,
    system: () => system,
  }
  const terminated = yield* Deferred.make<ExitReason>()
  const spec = yield* rootSpec(options)
  const end = (reason: ExitReason) => {
    log.close()
    root.retire(reason)
    Deferred.doneUnsafe(terminated, Effect.succeed(reason))
  }
  const stop = Effect.suspend(() => {
    if (Deferred.isDoneUnsafe(terminated)) return Effect.void
    log.close()
    return Effect.map(root.halt, end)
  }).pipe(Effect.provideContext(context))
  const root: Supervisor = new Supervisor(kernel, rootPath, spec, {
    ended: (_unit, _epoch, reason) => end(reason),
    terminate: () => stop,
  })
  const system: ActorSystem = {
    name: options.name ?? 'shoal',
    root: root as SystemContract['root'],
    clock,
    get trace() {
      return kernel.turn.trace ?? traceOfFiber()
    },
    spawn: root.startChild.bind(root),
    lookup: <M extends EventObject, S>(path: string) => {
      const found = registry.get(path)
      return found instanceof LocalRef ? (found as unknown as ActorRef<M, S>) : undefined
    },
    lookupSupervisor: path => {
      const found = registry.get(path)
      return found instanceof Supervisor ? found : undefined
    },
    inspect: listener => inspections.subscribe(listener),
    events: source(kernel.events),
    deadLetters: {
      ...source(kernel.deadLetters.hub),
      get count() {
        return kernel.deadLetters.count
      },
    },
    abandoned: kernel.abandoned,
    terminated: Deferred.await(terminated),
    stop,
  }
  // Whoever was given a ref or the system by a child that had started is told of its end.
  yield* Effect.tapError(root.start, error => Effect.sync(() => end(failure(error))))
  return system
})

/** A function that throws must not break what it is told of: it is told of in its place. */
function writerOf(option: LogOption | undefined, otherwise: (record: LogRecord) => void) {
  if (option === 'off') return undefined
  if (option === undefined) return otherwise
  return (record: LogRecord) =>
    callListener(option, record, error => {
      otherwise(record)
      otherwise({ level: 'Error', message: 'the log function of the system threw', error })
    })
}

const rootSpec = ({
  children = [],
  intensity = 1,
  period = '5 seconds',
  shutdown = '10 seconds',
}: SystemOptions) =>
  Effect.try({
    try: () => supervisor({ id: 'root', children, intensity, period, shutdown }),
    catch: error => error as InvalidSpec,
  })

const source = <E>(hub: Hub<E>): EventSource<E> => ({
  subscribe: listener => hub.subscribe(listener),
  stream: listenerStream(next => hub.subscribe(next)),
})

/**
 * The actor system: `ActorSystem.make` (Effect, scoped), `ActorSystem.layer` (then `yield* ActorSystem`), and
 * `ActorSystem.start` for `await using` with promises.
 */
export const ActorSystem = Object.assign(service, {
  make,
  layer: (options?: SystemOptions): Layer.Layer<ActorSystem, SystemStartError> =>
    Layer.effect(service, make(options)),
  start: (options?: SystemOptions): Promise<PromiseSystem> => startPromiseSystem(make(options)),
})
