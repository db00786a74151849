// The state of a machine that outlives an incarnation: plain data, made when the incarnation ends, versioned by its
// behaviour, and kept in a store. Whether the next one can begin with it is SnapshotFit.ts.

import { Schema } from 'effect'
import type { AnyActorLogic, EventObject, Snapshot } from 'xstate'
import type { KeptMoment } from './KeptMoment.ts'
import { type Persisted, waitsOf } from './StateWaits.ts'

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

export interface KeptSnapshot extends KeptMoment {
  readonly version: string
  /** XState's persisted snapshot, its context encoded by the schema. */
  readonly snapshot: unknown
  readonly timers: readonly KeptTimer[]
  /**
   * What its active states waited for: `after 5000 in "armed"`. A machine whose states wait for something else is another
   * one. Without it (as an upgrade may give it) there must be a timer, or an invoked actor, for each.
   */
  readonly declares?: readonly string[]
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

/**
 * The snapshot to keep of an incarnation. Nothing, where what it had invoked had failed: the state could not go on.
 * Throws what XState or the schema throws on a snapshot that cannot be kept.
 */
export function keepSnapshot(
  logic: AnyActorLogic,
  last: Snapshot<unknown>,
  timers: readonly KeptTimer[],
  keep: KeepOptions,
  moment: KeptMoment,
): KeptSnapshot | undefined {
  const active = { ...last, status: 'active', error: undefined }
  const persisted = logic.getPersistedSnapshot(active) as Persisted
  const children = Object.values(persisted.children ?? {})
  if (children.some(child => child?.snapshot.status === 'error')) return undefined
  const snapshot =
    'context' in persisted
      ? { ...persisted, context: Schema.encodeUnknownSync(keep.context)(persisted.context) }
      : persisted
  const declares = waitsOf(logic, persisted).map(({ label }) => label)
  return { version: keep.version, ...moment, snapshot, timers, declares }
}
