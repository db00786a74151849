// The state of a machine that outlives an incarnation: plain data, made when the incarnation ends, checked before
// the next one begins with it. Versioned by its behaviour, and measured against the machine that is to go on with it,
// because XState restores a state that the machine does not have as `value: undefined`, and says nothing.

import { Schema } from 'effect'
import {
  type AnyActorLogic,
  type AnyStateMachine,
  type EventObject,
  type Snapshot,
  StateMachine,
  type StateValue,
} from 'xstate'

/** A delayed event that had not come when its machine ended. */
export interface KeptTimer {
  /** The machine that set it: ids of invoked actors, from the actor's own machine (none) down. */
  readonly source: readonly string[]
  readonly target: readonly string[]
  readonly id: string
  readonly event: EventObject
  /** Milliseconds that were left of its delay when the snapshot was kept. */
  readonly remainingMs: number
}

export interface KeptSnapshot {
  readonly version: string
  /** Milliseconds on the system's clock. */
  readonly at: number
  /** XState's persisted snapshot, its context encoded by the schema. */
  readonly snapshot: unknown
  readonly timers: readonly KeptTimer[]
}

/** Where kept snapshots are, by path. It is asked while an actor starts or ends, so it may not wait. */
export interface SnapshotStore {
  load(path: string): KeptSnapshot | undefined
  save(path: string, kept: KeptSnapshot): void
  drop(path: string): void
}

/** How a behaviour's state is kept. */
export interface KeepOptions {
  /** Raise it whenever the states or the context of the machine change: what another version kept is refused. */
  readonly version: string
  /** What its context must be, when it is kept (encoded) and when it is restored (decoded). */
  readonly context: Schema.Codec<unknown, unknown>
  /** Default: kept with the actor, from one restart to the next, until its supervisor is restarted itself. */
  readonly store?: SnapshotStore
  /** What a refused snapshot leads to: a failed start (default), or a start from the initial state. */
  readonly otherwise?: 'fail' | 'initial'
  /** Makes a snapshot of an older version one of this version; nothing where it cannot. */
  readonly upgrade?: (older: KeptSnapshot) => KeptSnapshot | undefined
}

interface Persisted {
  readonly status: Snapshot<unknown>['status']
  readonly value?: StateValue
  readonly context?: unknown
  readonly children?: Record<string, { readonly src: unknown; readonly snapshot: Persisted } | undefined>
}

/** What to restore, or why not. */
export type Fit =
  | {
      readonly _tag: 'Fits'
      readonly snapshot: Snapshot<unknown>
      readonly timers: readonly KeptTimer[]
    }
  | { readonly _tag: 'Refused'; readonly problem: string }

const refused = (problem: string): Fit => ({ _tag: 'Refused', problem })
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * The snapshot to keep of an incarnation. Nothing, where what it had invoked had failed: the state could not go on.
 * Throws what XState or the schema throws on a snapshot that cannot be kept.
 */
export function keepSnapshot(
  logic: AnyActorLogic,
  last: Snapshot<unknown>,
  timers: readonly KeptTimer[],
  keep: KeepOptions,
  at: number,
): KeptSnapshot | undefined {
  const active = { ...last, status: 'active', error: undefined }
  const persisted = logic.getPersistedSnapshot(active) as Persisted
  const children = Object.values(persisted.children ?? {})
  if (children.some(child => child?.snapshot.status === 'error')) return undefined
  const snapshot =
    'context' in persisted
      ? { ...persisted, context: Schema.encodeUnknownSync(keep.context)(persisted.context) }
      : persisted
  return { version: keep.version, at, snapshot, timers }
}

/** Whether this logic can go on with a kept snapshot. */
export function fitSnapshot(logic: AnyActorLogic, given: KeptSnapshot, keep: KeepOptions): Fit {
  const kept = given.version === keep.version ? given : keep.upgrade?.(given)
  if (kept?.version !== keep.version) {
    return refused(`it is of version ${given.version}, and the behaviour of version ${keep.version}`)
  }
  const snapshot = kept.snapshot as Persisted
  const problem = logic instanceof StateMachine ? misfit(logic, snapshot) : undefined
  if (problem !== undefined) return refused(problem)
  const { timers } = kept
  if (!('context' in snapshot)) return { _tag: 'Fits', snapshot: snapshot as Snapshot<unknown>, timers }
  try {
    const restored: object = {
      ...snapshot,
      context: Schema.decodeUnknownSync(keep.context)(snapshot.context),
    }
    return { _tag: 'Fits', snapshot: restored as Snapshot<unknown>, timers }
  } catch (error) {
    return refused(`its context does not fit the schema: ${textOf(error)}`)
  }
}

/** What of a snapshot this machine does not have. */
function misfit(machine: AnyStateMachine, snapshot: Persisted): string | undefined {
  const states = misfitOfState(machine.root, snapshot.value)
  if (states !== undefined) return states
  for (const [id, child] of Object.entries(snapshot.children ?? {})) {
    if (child === undefined || typeof child.src !== 'string') continue
    const logic: unknown = machine.implementations.actors[child.src]
    if (logic instanceof StateMachine) {
      const inner = misfit(logic, child.snapshot)
      if (inner !== undefined) return `in "${id}", ${inner}`
    } else if (logic === undefined && !child.src.startsWith('xstate.invoke.')) {
      return `the machine has no actor "${child.src}"`
    }
  }
  return undefined
}

type Node = AnyStateMachine['root']

function misfitOfState(node: Node, value: StateValue | undefined): string | undefined {
  const keys = Object.keys(node.states)
  const active: Record<string, StateValue | undefined> =
    value === undefined ? {} : typeof value === 'string' ? { [value]: undefined } : value
  const names = Object.keys(active)
  const unknown = names.find(name => node.states[name] === undefined)
  if (unknown !== undefined) return `the machine has no state "${[...node.path, unknown].join('.')}"`
  const here = node.path.length === 0 ? 'the machine' : `the state "${node.path.join('.')}"`
  if (node.type === 'parallel' && names.length !== keys.length) return `${here} has other regions now`
  if (node.type === 'compound' && names.length !== 1) return `${here} has states within it now`
  for (const name of names) {
    const inner = node.states[name]
    const problem = inner && misfitOfState(inner, active[name])
    if (problem !== undefined) return problem
  }
  return undefined
}
