// What one actor keeps from one incarnation to the next. It knows when a kept snapshot is a dead end: what was
// restored and failed by itself before its state had changed would fail again, so that the next start is from the beginning.

import type { AnyActorLogic, Snapshot } from 'xstate'
import type { ActorPath } from './ActorPath.ts'
import type { ExitReason } from './ExitReason.ts'
import { SnapshotRefused, StoreFailed } from './errors.ts'
import { elapsedBetween, momentOf } from './KeptMoment.ts'
import {
  type KeepOptions,
  type KeptSnapshot,
  type KeptTimer,
  keepSnapshot,
  type SnapshotStore,
} from './KeptSnapshot.ts'
import { announce, type Kernel } from './Kernel.ts'
import { fitSnapshot } from './SnapshotFit.ts'
import { messageOf } from './textOf.ts'

/** What an incarnation goes on with. */
export interface Restored {
  readonly snapshot: Snapshot<unknown>
  readonly timers: readonly KeptTimer[]
  /** Milliseconds since it was kept. */
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

/** What the store does not know yet, because it threw; or why there is nothing to know. */
type Pending =
  | { readonly _tag: 'Nothing' }
  /** The last state could not be saved: it is here. */
  | { readonly _tag: 'Unsaved'; readonly kept: KeptSnapshot }
  /** What the store has should be gone. */
  | { readonly _tag: 'Undropped' }
  /** The last state was none that can be kept. */
  | { readonly _tag: 'Refused'; readonly error: SnapshotRefused }

const nothing: Pending = { _tag: 'Nothing' }

export class Keeper {
  readonly #kernel: Kernel
  readonly #path: ActorPath
  readonly #logic: AnyActorLogic
  readonly #keep: KeepOptions
  readonly #store: SnapshotStore
  #pending: Pending = nothing

  constructor(kernel: Kernel, path: ActorPath, logic: AnyActorLogic, keep: KeepOptions) {
    this.#kernel = kernel
    this.#path = path
    this.#logic = logic
    this.#keep = keep
    this.#store = keep.store ?? memory()
  }

  /** What to begin with; nothing for the initial state. Throws SnapshotRefused, StoreFailed. */
  restore(): Restored | undefined {
    const kept = this.#last()
    if (kept === undefined) return undefined
    const fit = fitSnapshot(this.#logic, kept, this.#keep)
    if (fit._tag === 'Fits') {
      const elapsedMs = elapsedBetween(kept, momentOf(this.#kernel.clock))
      return { snapshot: fit.snapshot, timers: fit.timers, elapsedMs }
    }
    if (this.#keep.otherwise !== 'initial') {
      throw new SnapshotRefused({ path: this.#path, problem: fit.problem })
    }
    this.#drop()
    return undefined
  }

  /** Keeps the state of an incarnation that ends, or sees that the next one begins anew. Throws nothing. */
  ended({ reason, snapshot, timers, got }: LastState): void {
    const deadEnd = reason._tag === 'Failure' && (got === 'Restored' || got === 'Nowhere')
    if (reason._tag === 'Normal' || deadEnd) this.#drop()
    else if (got !== 'Nowhere') this.#keepNow(snapshot, timers)
  }

  /** Its supervisor begins anew: so does it. */
  forget(): void {
    this.#drop()
  }

  /** What was kept last: here if the store does not have it, which is tried once more. */
  #last(): KeptSnapshot | undefined {
    const pending = this.#pending
    switch (pending._tag) {
      case 'Nothing':
        return this.#load()
      case 'Unsaved':
        this.#save(pending.kept)
        return pending.kept
      case 'Undropped':
        this.#drop()
        return undefined
      case 'Refused':
        throw pending.error
    }
  }

  #keepNow(snapshot: LastState['snapshot'], timers: LastState['timers']): void {
    let kept: KeptSnapshot | undefined
    try {
      kept = keepSnapshot(this.#logic, snapshot, timers, this.#keep, momentOf(this.#kernel.clock))
    } catch (error) {
      this.#drop()
      if (this.#keep.otherwise === 'initial') return
      const problem = `it could not be kept: ${messageOf(error)}`
      this.#pending = { _tag: 'Refused', error: new SnapshotRefused({ path: this.#path, problem }) }
      return
    }
    if (kept === undefined) this.#drop()
    else this.#save(kept)
  }

  // The store is somebody else's code: each call may throw, and may wrongly give a promise.

  #load(): KeptSnapshot | undefined {
    let kept: KeptSnapshot | undefined
    try {
      kept = this.#store.load(this.#path)
    } catch (error) {
      throw this.#failed('load', error)
    }
    this.#hear('load', kept)
    return kept
  }

  #save(kept: KeptSnapshot): void {
    this.#pending = nothing
    try {
      this.#hear('save', this.#store.save(this.#path, kept))
    } catch (error) {
      this.#pending = { _tag: 'Unsaved', kept }
      this.#failed('save', error)
    }
  }

  #drop(): void {
    this.#pending = nothing
    try {
      this.#hear('drop', this.#store.drop(this.#path))
    } catch (error) {
      this.#pending = { _tag: 'Undropped' }
      this.#failed('drop', error)
    }
  }

  /** A promise is not waited for, but its rejection is told. */
  #hear(during: StoreFailed['during'], answer: unknown): void {
    if (answer instanceof Promise) answer.catch(error => this.#failed(during, error))
  }

  #failed(during: StoreFailed['during'], cause: unknown): StoreFailed {
    const path = this.#path
    const error = new StoreFailed({ path, during, error: cause })
    announce(this.#kernel, { _tag: 'StoreFailed', path, at: this.#kernel.clock.now(), error })
    return error
  }
}
