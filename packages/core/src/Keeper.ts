// What one actor keeps from one incarnation to the next. It knows when a kept snapshot is a dead end: what was
// restored and failed by itself before its state had changed would fail again, so that the next start is from the beginning.

import type { AnyActorLogic, Snapshot } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ExitReason } from './ExitReason.ts'
import { SnapshotRefused } from './errors.ts'
import {
  fitSnapshot,
  type KeepOptions,
  type KeptSnapshot,
  type KeptTimer,
  keepSnapshot,
  type SnapshotStore,
} from './KeptSnapshot.ts'

/** What an incarnation goes on with. */
export interface Restored {
  readonly snapshot: Snapshot<unknown>
  readonly timers: readonly KeptTimer[]
  /** Milliseconds since it was kept; 0 if that was on another clock. */
  readonly elapsedMs: number
}

/** An incarnation at its end. */
export interface LastState {
  readonly reason: ExitReason
  readonly snapshot: Snapshot<unknown>
  readonly timers: readonly KeptTimer[]
  /** How far it got: not even started; restored, and failed by itself before its state had changed; further. */
  readonly got: 'Nowhere' | 'Restored' | 'Further'
}

function memory(): SnapshotStore {
  let kept: KeptSnapshot | undefined
  return {
    load: () => kept,
    save: (_path, given) => {
      kept = given
    },
    drop: () => {
      kept = undefined
    },
  }
}

export class Keeper {
  readonly #path: ActorPath
  readonly #logic: AnyActorLogic
  readonly #keep: KeepOptions
  readonly #store: SnapshotStore
  /** Why the last state could not be kept. */
  #refusal: SnapshotRefused | undefined

  constructor(path: ActorPath, logic: AnyActorLogic, keep: KeepOptions) {
    this.#path = path
    this.#logic = logic
    this.#keep = keep
    this.#store = keep.store ?? memory()
  }

  /** What to begin with; nothing for the initial state. Throws SnapshotRefused. */
  restore(now: number): Restored | undefined {
    if (this.#refusal !== undefined) throw this.#refusal
    const kept = this.#store.load(this.#path)
    if (kept === undefined) return undefined
    const fit = fitSnapshot(this.#logic, kept, this.#keep)
    if (fit._tag === 'Fits') {
      return { snapshot: fit.snapshot, timers: fit.timers, elapsedMs: Math.max(now - kept.at, 0) }
    }
    if (this.#keep.otherwise !== 'initial') {
      throw new SnapshotRefused({ path: this.#path, problem: fit.problem })
    }
    this.#store.drop(this.#path)
    return undefined
  }

  /** Keeps the state of an incarnation that ends, or sees that the next one begins anew. */
  ended({ reason, snapshot, timers, got }: LastState, now: number): void {
    const deadEnd = reason._tag === 'Failure' && (got === 'Restored' || got === 'Nowhere')
    if (reason._tag === 'Normal' || deadEnd) this.#store.drop(this.#path)
    else if (got !== 'Nowhere') this.#save(snapshot, timers, now)
  }

  #save(snapshot: LastState['snapshot'], timers: LastState['timers'], now: number): void {
    try {
      const kept = keepSnapshot(this.#logic, snapshot, timers, this.#keep, now)
      if (kept === undefined) this.#store.drop(this.#path)
      else this.#store.save(this.#path, kept)
    } catch (error) {
      this.#store.drop(this.#path)
      if (this.#keep.otherwise === 'initial') return
      const problem = `it could not be kept: ${error instanceof Error ? error.message : String(error)}`
      this.#refusal = new SnapshotRefused({ path: this.#path, problem })
    }
  }

  /** Its supervisor begins anew: so does it. */
  forget(): void {
    this.#refusal = undefined
    this.#store.drop(this.#path)
  }
}
