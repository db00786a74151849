// The models that the pool holds: one actor for each thing asked for, shared by all who ask for the same, and
// released with the last of them. It resolves, places and runs nothing itself.

import { type ActorRef, type ActorSystem, child } from '@shoal/core'
import { Effect } from 'effect'
import { ModelReleased } from '../errors.ts'
import { names } from '../fleet/tree.ts'
import { type ResolvedSpec, specKey } from '../ModelSpec.ts'
import type { ModelMetrics } from '../metrics/PoolMetrics.ts'
import { innermost } from './innermost.ts'
import type { FoundModel, ModelEvent } from './model.machine.ts'
import {
  type ModelActorOptions,
  type ModelLoading,
  type ModelSnapshot,
  modelBehavior,
  releasedError,
} from './modelActor.ts'

/** A model's actor, with the id that its requests carry. */
export interface HeldModel {
  readonly id: string
  readonly spec: ResolvedSpec
  readonly ref: ActorRef<ModelEvent, ModelSnapshot>
}

/** What several callers may hold together. Counted before anything is awaited, so that none is let go beneath one. */
interface Holding {
  readonly key: string
  readonly starting: Promise<HeldModel>
  readonly listeners: Set<ModelListener>
  holders: number
}

export type ModelListener = (loading: ModelLoading) => void

export class Models {
  readonly #system: ActorSystem
  readonly #wiring: Omit<ModelActorOptions, 'id' | 'onLoading'>
  /** By what was asked for. */
  readonly #holdings = new Map<string, Holding>()
  readonly #held = new Map<HeldModel, Holding>()
  #next = 1

  constructor(system: ActorSystem, wiring: Omit<ModelActorOptions, 'id' | 'onLoading'>) {
    this.#system = system
    this.#wiring = wiring
  }

  list(): readonly HeldModel[] {
    return [...this.#held.keys()]
  }

  metrics(): readonly ModelMetrics[] {
    return this.list().map(({ id, spec, ref }) => {
      const { value, context } = ref.getSnapshot()
      return { id, name: spec.name, state: innermost(value), replicas: context.replicas }
    })
  }

  /** A request of the model was accepted. */
  began(held: HeldModel): void {
    this.#wiring.residency.began(held.id)
  }

  /** It has ended. */
  ended(held: HeldModel): void {
    this.#wiring.residency.ended(held.id)
  }

  /** Holds the model, once it is ready on at least one lane; rejects with why it cannot be. */
  async hold(
    spec: ResolvedSpec,
    listener: ModelListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly held: HeldModel; readonly found: FoundModel }> {
    const holding = this.#holdingOf(spec)
    holding.holders++
    if (listener) holding.listeners.add(listener)
    try {
      const held = await holding.starting
      this.#wiring.residency.asked(held.id)
      return { held, found: await readiness(held.ref, spec.name, signal) }
    } catch (error) {
      await this.#letGo(holding)
      throw error
    } finally {
      if (listener) holding.listeners.delete(listener)
    }
  }

  /** Lets go of it; the last holder's release resolves when its memory is freed. */
  async release(held: HeldModel): Promise<void> {
    const holding = this.#held.get(held)
    if (holding) await this.#letGo(holding)
  }

  async #letGo(holding: Holding): Promise<void> {
    holding.holders--
    if (holding.holders > 0) return
    // Whoever asks from now on gets a fresh one.
    if (this.#holdings.get(holding.key) === holding) this.#holdings.delete(holding.key)
    const held = await holding.starting.catch(() => undefined)
    if (!held) return
    held.ref.tell({ type: 'release' })
    await ended(held.ref)
  }

  #holdingOf(spec: ResolvedSpec): Holding {
    const key = specKey(spec)
    const known = this.#holdings.get(key)
    if (known) return known
    const listeners = new Set<ModelListener>()
    const holding: Holding = { key, starting: this.#start(spec, listeners), listeners, holders: 0 }
    this.#holdings.set(key, holding)
    holding.starting.then(
      held => {
        this.#held.set(held, holding)
        held.ref.watch(() => this.#ended(held, holding))
      },
      () => this.#holdings.delete(key),
    )
    return holding
  }

  async #start(spec: ResolvedSpec, listeners: ReadonlySet<ModelListener>): Promise<HeldModel> {
    const id = `${this.#next++}-${slug(spec.name)}`
    const onLoading = (loading: ModelLoading) => {
      for (const listener of listeners) listener(loading)
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
    return { id, spec, ref }
  }

  /** Its actor is gone for good; requests that still wait for it are told why, none waits for its deadline. */
  #ended(held: HeldModel, holding: Holding): void {
    if (this.#holdings.get(holding.key) === holding) this.#holdings.delete(holding.key)
    this.#held.delete(held)
    this.#wiring.ledger.failAll(endOf(held), held.id)
    this.#wiring.ledger.forget(held.id)
    this.#wiring.history.forget(held.id)
    this.#wiring.residency.forget(held.id)
    this.#wiring.onGone(held.id)
  }
}

/** Why requests to a model whose actor has ended cannot be answered. */
export function endOf({ ref, spec }: HeldModel): unknown {
  return ref.getSnapshot().context.error ?? releasedError(spec.name)
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
