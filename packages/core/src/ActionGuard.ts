// Logic as it is hosted by a cell: the same logic, but a promise that a custom action returns is watched.
// XState drops what an action returns, so that an async action's rejection would be an unhandledRejection while
// its machine goes on. Everything else is passed through, by the public ActorLogic interface.

import { type AnyActorLogic, type AnyActorScope, type EventObject, type Snapshot, StateMachine } from 'xstate'

/** Where the failures go that XState itself does not report: found by the XState system, one for each cell. */
export interface FailureSink {
  fail(error: unknown): void
}

const sinks = new WeakMap<AnyActorScope['system'], FailureSink>()

/** Has failures of actions under this XState system go to the sink. */
export const routeFailures = (system: AnyActorScope['system'], sink: FailureSink): void =>
  void sinks.set(system, sink)

const guardedLogic = new WeakMap<AnyActorLogic, AnyActorLogic>()

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

function guardScope<T extends AnyActorScope>(scope: T): T {
  const run = scope.actionExecutor
  return {
    ...scope,
    actionExecutor: (action: Parameters<typeof run>[0]) => {
      const { exec } = action
      if (exec === undefined) return run(action)
      run({
        ...action,
        exec: (info: Parameters<typeof exec>[0], params: Parameters<typeof exec>[1]) => {
          const result: unknown = exec(info, params)
          if (isThenable(result)) {
            result.then(undefined, (error: unknown) => sinks.get(scope.system)?.fail(error))
          }
        },
      })
    },
  }
}

/** The same machine with the machines that it invokes by name guarded too. */
function guardInvoked(logic: AnyActorLogic): AnyActorLogic {
  if (!(logic instanceof StateMachine)) return logic
  const guarded = Object.entries(logic.implementations.actors).flatMap(([name, actor]) =>
    actor instanceof StateMachine ? [[name, guardActions(actor)] as const] : [],
  )
  return guarded.length === 0 ? logic : logic.provide({ actors: Object.fromEntries(guarded) })
}

/** The logic to host in place of this one. Made once for each logic. */
export function guardActions(given: AnyActorLogic): AnyActorLogic {
  const known = guardedLogic.get(given)
  if (known !== undefined) return known
  const logic = guardInvoked(given)
  const scopes = new WeakMap<AnyActorScope, AnyActorScope>()
  const guarded = (scope: AnyActorScope): AnyActorScope => {
    let own = scopes.get(scope)
    if (own === undefined) {
      own = guardScope(scope)
      scopes.set(scope, own)
    }
    return own
  }
  const { start, restoreSnapshot } = logic
  const hosted: AnyActorLogic = {
    config: logic.config,
    transition: (snapshot: Snapshot<unknown>, event: EventObject, scope: AnyActorScope) =>
      logic.transition(snapshot, event, guarded(scope)),
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) =>
      logic.getInitialSnapshot(guarded(scope), input),
    getPersistedSnapshot: (snapshot: Snapshot<unknown>, options: unknown) =>
      logic.getPersistedSnapshot(snapshot, options),
    ...(start && {
      start: (snapshot: Snapshot<unknown>, scope: AnyActorScope) =>
        start.call(logic, snapshot, guarded(scope)),
    }),
    ...(restoreSnapshot && {
      restoreSnapshot: (snapshot: Snapshot<unknown>, scope: AnyActorScope) =>
        restoreSnapshot.call(logic, snapshot, guarded(scope)),
    }),
  }
  guardedLogic.set(given, hosted)
  return hosted
}
