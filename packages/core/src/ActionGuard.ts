// Logic as it is hosted by a cell: the same logic, but a promise that a custom action returns is watched, and a failure
// is noted (FailedMachine.ts). XState drops what an action returns, so that an async action's rejection would be an
// unhandledRejection while its machine goes on. Everything else is passed through, by the public ActorLogic interface.

import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyStateMachine,
  type EventObject,
  type InspectionEvent,
  type Snapshot,
  StateMachine,
} from 'xstate'
import { machineFailed } from './FailedMachine.ts'
import { hostOf } from './Host.ts'

const guardedLogic = new WeakMap<AnyActorLogic, AnyActorLogic>()

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Has what the actions of this actor return watched. XState makes one scope for each actor and hands it to all its logic. */
function watchActions(scope: AnyActorScope): void {
  const run = scope.actionExecutor
  scope.actionExecutor = action => {
    const { type, info, params, exec } = action
    if (exec === undefined) return run(action)
    run({
      type,
      info,
      params,
      exec: (info: Parameters<typeof exec>[0], params: Parameters<typeof exec>[1]) => {
        let result: unknown
        try {
          result = exec(info, params)
        } catch (error) {
          machineFailed(scope)
          throw error
        }
        if (isThenable(result)) {
          result.then(undefined, (error: unknown) => hostOf(scope.system)?.fail(error))
        }
      },
    })
  }
}

/** The same machine with the machines that it invokes guarded too: those by name, and those written where they are invoked. */
function guardInvoked(logic: AnyActorLogic): AnyActorLogic {
  if (!(logic instanceof StateMachine)) return logic
  const guarded = Object.entries(logic.implementations.actors).flatMap(([name, actor]) =>
    actor instanceof StateMachine ? [[name, guardActions(actor)] as const] : [],
  )
  const named = guarded.length === 0 ? logic : logic.provide({ actors: Object.fromEntries(guarded) })
  const config = guardInline(named.config)
  return config === named.config ? named : new StateMachine(config, named.implementations)
}

type NodeConfig = AnyStateMachine['config']

/** The same configuration with each inline machine guarded; the very same where there is none. */
function guardInline(config: NodeConfig): NodeConfig {
  const states = Object.entries<NodeConfig>(config.states ?? {})
  const guardedStates = states.map(([name, state]) => [name, guardInline(state)] as const)
  const given = [config.invoke ?? []].flat()
  const invoke = given.map(each =>
    each.src instanceof StateMachine ? { ...each, src: guardActions(each.src) } : each,
  )
  const same =
    invoke.every((each, at) => each === given[at]) &&
    guardedStates.every(([, state], at) => state === states[at]?.[1])
  if (same) return config
  return {
    ...config,
    ...(given.length > 0 && { invoke }),
    ...(states.length > 0 && { states: Object.fromEntries(guardedStates) }),
  }
}

type MachineState = Snapshot<unknown> & { readonly children?: Record<string, AnyActorRef | undefined> }
type WithLogic = AnyActorRef & { logic: AnyActorLogic }

/**
 * Guards the machines that were spawned without a name: they are XState's own business until they are there. They have not
 * been started, but the actions of their first entry have been set up, past the guard.
 */
function guardSpawned({ children }: MachineState): void {
  for (const child of Object.values(children ?? {})) {
    if (child === undefined || !isUnguarded(child)) continue
    const guarded = guardActions(child.logic)
    child.logic = {
      ...guarded,
      start: (snapshot: Snapshot<unknown>, scope: AnyActorScope) => {
        watchActions(scope)
        guarded.start?.(snapshot, scope)
      },
    }
  }
}

const isUnguarded = (actor: AnyActorRef): actor is WithLogic =>
  'logic' in actor && actor.logic instanceof StateMachine

/** XState's inspector that guards a machine before its first entry. It sees all that happens, so that it costs something. */
export function guardOnSight(event: InspectionEvent): void {
  if (event.type !== '@xstate.actor') return
  const actor = event.actorRef as AnyActorRef
  if (isUnguarded(actor)) actor.logic = guardActions(actor.logic)
}

/** The logic to host in place of this one. Made once for each logic. */
export function guardActions(given: AnyActorLogic): AnyActorLogic {
  const known = guardedLogic.get(given)
  if (known !== undefined) return known
  const logic = guardInvoked(given)
  const { restoreSnapshot, start } = logic
  // XState asks for the initial or the restored snapshot once for each actor, before anything else.
  const hosted: AnyActorLogic = {
    config: logic.config,
    transition: (snapshot: MachineState, event: EventObject, scope: AnyActorScope) => {
      let next: MachineState
      try {
        next = logic.transition(snapshot, event, scope)
      } catch (error) {
        machineFailed(scope)
        throw error
      }
      if (next.status === 'error') machineFailed(scope)
      if (next.children !== snapshot.children) guardSpawned(next)
      return next
    },
    getPersistedSnapshot: logic.getPersistedSnapshot.bind(logic),
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) => {
      watchActions(scope)
      const initial: MachineState = logic.getInitialSnapshot(scope, input)
      guardSpawned(initial)
      return initial
    },
    ...(start && { start: start.bind(logic) }),
    ...(restoreSnapshot && {
      restoreSnapshot: (snapshot: Snapshot<unknown>, scope: AnyActorScope) => {
        watchActions(scope)
        return restoreSnapshot.call(logic, snapshot, scope)
      },
    }),
  }
  guardedLogic.set(given, hosted)
  return hosted
}
