// The models that the pool holds: one actor for each thing asked for, shared by all who ask for the same, and
// released with the last of them. It resolves, places and runs nothing itself.

import { type ActorRef, type ActorSystem, child } from '@shoal/core'
import { Effect } from 'effect'
import { ModelReleased } from '../errors.ts'
import { names } from '../fleet/tree.ts'
import { type ResolvedSpec, specKey } from '../ModelSpec.ts'
import type { FoundModel, ModelEvent } from './model.machine.ts'
import {
  type ModelActorOptions,
  type ModelLoading,
  type ModelSnapshot,
  modelBehavior,
  releasedError,
} from './modelActor.ts'

/** A model that is held, with those who hold it. */
export interface HeldModel {
  readonly id: string
  readonly spec: ResolvedSpec
  readonly ref: ActorRef<ModelEvent, ModelSnapshot>
  holders: number
}

export type ModelListener = (loading: ModelLoading) => void

export class Models {
  readonly #system: ActorSystem
  readonly #wiring: Omit<ModelActorOptions, 'id' | 'onLoading'>
  /** By what was asked for; a promise, so that two who ask at once share one start. */
  readonly #byKey = new Map<string, Promise<HeldModel>>()
  readonly #held = new Set<HeldModel>()
  readonly #listeners = new Map<string, Set<ModelListener>>()
  #next = 1

  constructor(system: ActorSystem, wiring: Omit<ModelActorOptions, 'id' | 'onLoading'>) {
    this.#system = system
    this.#wiring = wiring
  }

  list(): readonly HeldModel[] {
    return [...this.#held]
  }

  /** Holds the model, once it is ready on at least one lane; rejects with why it cannot be. */
  async hold(
    spec: ResolvedSpec,
    listener: ModelListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly held: HeldModel; readonly found: FoundModel }> {
    const key = specKey(spec)
    const starting = this.#byKey.get(key) ?? this.#start(spec)
    this.#byKey.set(key, starting)
    starting.catch(() => this.#byKey.delete(key))
    const held = await starting
    held.holders++
    const listeners = this.#listeners.get(held.id) ?? new Set()
    if (listener) listeners.add(listener)
    this.#listeners.set(held.id, listeners)
    try {
      return { held, found: await readiness(held.ref, spec.name, signal) }
    } catch (error) {
      await this.release(held)
      throw error
    } finally {
      if (listener) listeners.delete(listener)
    }
  }

  /** Lets go of it; the last holder's release resolves when its memory is freed. */
  async release(held: HeldModel): Promise<void> {
    held.holders--
    if (held.holders > 0) return
    this.#forget(held)
    held.ref.tell({ type: 'release' })
    await ended(held.ref)
  }

  async #start(spec: ResolvedSpec): Promise<HeldModel> {
    const id = `${this.#next++}-${slug(spec.name)}`
    const onLoading = (loading: ModelLoading) => {
      for (const listener of this.#listeners.get(id) ?? []) listener(loading)
    }
    const models = this.#system.root.childSupervisor(names.models)
    if (!models) throw new Error('pool: /models is not in the tree')
    const ref = await Effect.runPromise(
      models.startChild(
        child({
          id,
          behavior: modelBehavior({ ...this.#wiring, id, onLoading }),
          input: { spec },
          restart: 'transient',
        }),
      ),
    )
    const held: HeldModel = { id, spec, ref, holders: 0 }
    this.#held.add(held)
    ref.watch(() => this.#forget(held))
    return held
  }

  #forget(held: HeldModel): void {
    if (!this.#held.delete(held)) return
    this.#byKey.delete(specKey(held.spec))
    this.#listeners.delete(held.id)
  }
}

function readiness(
  ref: HeldModel['ref'],
  name: string,
  signal: AbortSignal | undefined,
): Promise<FoundModel> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      subscription.unsubscribe()
      unwatch()
      signal?.removeEventListener('abort', abort)
      end()
    }
    const look = (snapshot: ModelSnapshot) => {
      const { found } = snapshot.context
      if (found && snapshot.matches({ held: { serving: 'ready' } })) settle(() => resolve(found))
      else if (snapshot.matches('failed')) settle(() => reject(snapshot.context.error))
      else if (snapshot.matches('unloaded')) settle(() => reject(releasedError(name)))
    }
    const abort = () => settle(() => reject(signal?.reason))
    const subscription = ref.subscribe(look)
    const unwatch = ref.watch(() =>
      settle(() =>
        reject(new ModelReleased({ model: name, message: `${name} was given up while it was loading.` })),
      ),
    )
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    else look(ref.getSnapshot())
  })
}

function ended(ref: HeldModel['ref']): Promise<void> {
  return new Promise(resolve => {
    ref.watch(() => resolve())
  })
}

/** The end of a path or a name, fit for an actor's id. */
function slug(name: string): string {
  return (name.split(/[\\/]/).filter(Boolean).at(-1) ?? name).replace(/[^A-Za-z0-9._-]/g, '_')
}
