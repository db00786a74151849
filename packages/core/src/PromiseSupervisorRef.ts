// The handle on a supervisor of the Promise face: what can be asked of it, as promises. It holds no logic of its own.

import { Effect } from 'effect'
import type { EventObject } from 'xstate'
import type { ActorRef } from './ActorRef.ts'
import type { ChildSpec, SupervisorSpec } from './ChildSpec.ts'
import { type PromiseRef, toPromiseRef } from './PromiseRef.ts'
import type { ChildInfo, SupervisorRef } from './SupervisorRef.ts'

/** One child as its supervisor sees it, with its ref of the Promise face. */
export interface PromiseChildInfo extends Omit<ChildInfo, 'ref'> {
  readonly ref: PromiseRef<never> | PromiseSupervisorRef
}

/** A SupervisorRef whose waits are promises; they reject with the same typed errors. `ref` is the Effect face. */
export interface PromiseSupervisorRef extends Pick<SupervisorRef, 'path' | 'countChildren' | 'watch'> {
  readonly ref: SupervisorRef
  /** Starts a child at run time. It does not come back when the supervisor itself is restarted. */
  startChild<M extends EventObject, S>(spec: ChildSpec<M, S>): Promise<PromiseRef<M, S>>
  startChild(spec: SupervisorSpec): Promise<PromiseSupervisorRef>
  /** Stops a child and waits for it. A static supervisor keeps its specification; a dynamic one forgets it. */
  terminateChild(id: string): Promise<void>
  /** Starts a child again that was terminated or has ended. It gets a new ref. */
  restartChild(id: string): Promise<void>
  /** Forgets the specification of a child that does not run. */
  deleteChild(id: string): Promise<void>
  /** The handle of a child, whatever its state. Its message type is the caller's word. */
  child<M extends EventObject = never, S = unknown>(id: string): PromiseRef<M, S> | undefined
  childSupervisor(id: string): PromiseSupervisorRef | undefined
  /** The children, in start order. */
  whichChildren(): readonly PromiseChildInfo[]
  /** Has its own supervisor terminate it, and waits. For the root this stops the system. */
  stop(): Promise<void>
}

const isSupervisor = (ref: ActorRef<never> | SupervisorRef): ref is SupervisorRef => 'whichChildren' in ref

const known = new WeakMap<SupervisorRef, PromiseSupervisorRef>()

/** The Promise face of a supervisor's ref: one for each. */
export function toPromiseSupervisorRef(ref: SupervisorRef): PromiseSupervisorRef {
  const face = known.get(ref) ?? make(ref)
  known.set(ref, face)
  return face
}

function make(ref: SupervisorRef): PromiseSupervisorRef {
  return {
    ref,
    path: ref.path,
    startChild: startChildOf(spec => ref.startChild(spec as SupervisorSpec)),
    terminateChild: id => Effect.runPromise(ref.terminateChild(id)),
    restartChild: id => Effect.runPromise(ref.restartChild(id)),
    deleteChild: id => Effect.runPromise(ref.deleteChild(id)),
    child: <M extends EventObject, S>(id: string) => {
      const found = ref.child<M, S>(id)
      return found && toPromiseRef(found)
    },
    childSupervisor: id => {
      const found = ref.childSupervisor(id)
      return found && toPromiseSupervisorRef(found)
    },
    whichChildren: () =>
      ref.whichChildren().map(info => ({
        ...info,
        ref: isSupervisor(info.ref) ? toPromiseSupervisorRef(info.ref) : toPromiseRef(info.ref),
      })),
    countChildren: () => ref.countChildren(),
    watch: listener => ref.watch(listener),
    stop: () => Effect.runPromise(ref.stop()),
  }
}

/** Which ref belongs to which specification is said by the overloads of `startChild`, and true of what is started. */
export function startChildOf(
  start: (spec: ChildSpec<never> | SupervisorSpec) => Effect.Effect<ActorRef<never> | SupervisorRef, unknown>,
): PromiseSupervisorRef['startChild'] {
  const startChild = async (spec: ChildSpec<never> | SupervisorSpec) => {
    const ref = await Effect.runPromise(start(spec))
    return isSupervisor(ref) ? toPromiseSupervisorRef(ref) : toPromiseRef(ref)
  }
  return startChild as PromiseSupervisorRef['startChild']
}
