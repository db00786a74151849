// What a machine leaves running when it fails: XState stops what it had invoked and spawned in every case but this one.
// The scope that XState gives to logic can stop children; it is remembered only for a machine that has failed.

import type { AnyActorRef, AnyActorScope } from 'xstate'
import { hostOf } from './Host.ts'

const scopes = new WeakMap<AnyActorRef, AnyActorScope>()

/** A machine has failed. One within an actor lets go at once; the actor's own when its cell has kept its state. */
export function machineFailed(scope: AnyActorScope): void {
  if (hostOf(scope.system)?.hosts(scope.self)) scopes.set(scope.self, scope)
  else stopChildren(scope)
}

/** Stops what a machine that has failed left running. */
export function stopLeftBy(actor: AnyActorRef): void {
  const scope = scopes.get(actor)
  if (scope !== undefined) stopChildren(scope)
}

type WithChildren = { readonly children?: Record<string, AnyActorRef | undefined> } | undefined

function stopChildren({ self, stopChild }: AnyActorScope): void {
  const { children } = (self.getSnapshot() as WithChildren) ?? {}
  for (const child of Object.values(children ?? {})) {
    if (child?.getSnapshot().status === 'active') stopChild(child)
  }
}
