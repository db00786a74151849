// The models that the pool holds: one actor for each thing asked for, shared by all who ask for the same, and
// released with the last of them. It resolves, places and runs nothing itself.

import { type ActorRef, type ActorSystem, child } from '@shoal/core'
import { ModelFileMissing } from '@shoal/model-store'
import { Effect, Exit } from 'effect'
import { ModelReleased, VersionMismatch } from '../errors.ts'
import { names } from '../fleet/tree.ts'
import { type ResolvedSpec, specKey } from '../ModelSpec.ts'
import type { ModelMetrics } from '../metrics/PoolMetrics.ts'
import { innermost } from './innermost.ts'
import { lenientListener } from './lenientListener.ts'
import type { FoundModel, ModelEvent } from './model.machine.ts'
import {
  filesOf,
  type ModelActorOptions,
  type ModelLoading,
  type ModelSnapshot,
  modelBehavior,
  releasedError,
} from './modelActor.ts'
import { untilAborted } from './untilAborted.ts'

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
      const version = context.found && versionOf(context.found)
      return { id, name: spec.name, version, state: innermost(value), replicas: context.replicas }
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
  hold(
    spec: ResolvedSpec,
    listener: ModelListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly held: HeldModel; readonly found: FoundModel }> {
    return this.#hold(spec, listener && lenientListener(listener), signal)
  }

  async #hold(
    spec: ResolvedSpec,
    listener: ModelListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly held: HeldModel; readonly found: FoundModel }> {
    const older = this.#versionHeld(spec)
    if (older === undefined) await this.#checkVersion(spec, signal)
    const holding = older ?? this.#holdingOf(spec)
    holding.holders++
    if (listener) holding.listeners.add(listener)
    try {
      const held = await holding.starting
      if (older === undefined && (await untilAborted(this.#isOutdated(held), signal))) {
        // Whoever holds the older content keeps it; whoever asks from now on gets what is there now.
        if (this.#holdings.get(holding.key) === holding) this.#holdings.delete(holding.key)
        const fresh = await this.#hold(spec, listener, signal)
        await this.#letGo(holding)
        return fresh
      }
      this.#wiring.residency.asked(held.id)
      return { held, found: await readiness(held.ref, spec.name, signal, listener) }
    } catch (error) {
      await this.#letGo(holding)
      throw error
    } finally {
      if (listener) holding.listeners.delete(listener)
    }
  }

  /** One of the same name and options that is held with just the content that is asked for. */
  #versionHeld({ version, ...spec }: ResolvedSpec): Holding | undefined {
    if (version === undefined) return undefined
    const key = specKey({ ...spec, version })
    for (const [{ ref }, holding] of this.#held)
      if (holding.key === key && contentOf(ref)?.startsWith(version)) return holding
    return undefined
  }

  async #checkVersion(spec: ResolvedSpec, signal: AbortSignal | undefined): Promise<void> {
    const { name, version } = spec
    if (version === undefined) return
    const resolving = Effect.runPromise(
      this.#wiring.store.resolve(name, filesOf(spec)),
      signal ? { signal } : {},
    )
    const { key: found } = await untilAborted(resolving, signal)
    if (found.startsWith(version)) return
    throw new VersionMismatch({
      model: name,
      wanted: version,
      found,
      message: `${name} is version ${found.slice(0, versionDigits)} here, not ${version}; ask for that one, or put the files of the other back.`,
    })
  }

  /** Whether its files have changed since it was loaded. What cannot be found any more, or not soon, has not. */
  async #isOutdated({ ref, spec }: HeldModel): Promise<boolean> {
    const loaded = contentOf(ref)
    if (loaded === undefined) return false
    // It goes on when it is not waited for any longer: a large file that was hashed is known the next time.
    const resolving = Effect.runPromiseExit(this.#wiring.store.resolve(spec.name, filesOf(spec)))
    const limit = new Promise<undefined>(resolve => {
      setTimeout(() => resolve(undefined), lookLimitMs).unref()
    })
    const resolved = await Promise.race([resolving, limit])
    return resolved !== undefined && Exit.isSuccess(resolved) && resolved.value.key !== loaded
  }

  /** Rejects where there is no model of that name. None is fetched for that, and none need be there in full precision. */
  async find(name: string): Promise<void> {
    const found = new AbortController()
    // It is there when its files begin to come.
    const looking = this.#wiring.store.resolve(name, { onProgress: () => found.abort() })
    try {
      await Effect.runPromise(looking, { signal: found.signal })
    } catch (error) {
      if (found.signal.aborted || (error instanceof ModelFileMissing && error.available.length > 0)) return
      throw error
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

/** A hub that does not answer must not keep anybody from a model that is loaded. */
const lookLimitMs = 2000

/** Digits of a content's hash that tell versions apart. */
const versionDigits = 12

export function versionOf({ stored }: FoundModel): string {
  return stored.key.slice(0, versionDigits)
}

function contentOf(ref: HeldModel['ref']): string | undefined {
  return ref.getSnapshot().context.found?.stored.key
}

/** Why requests to a model whose actor has ended cannot be answered. */
export function endOf({ ref, spec }: HeldModel): unknown {
  return ref.getSnapshot().context.error ?? releasedError(spec.name)
}

function readiness(
  ref: HeldModel['ref'],
  name: string,
  signal: AbortSignal | undefined,
  listener: ModelListener | undefined,
): Promise<FoundModel> {
  let told: string | undefined
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      subscription.unsubscribe()
      unwatch()
      signal?.removeEventListener('abort', abort)
      end()
    }
    const look = (snapshot: ModelSnapshot) => {
      const { found } = snapshot.context
      const stage = innermost(snapshot.value)
      if (stage !== told) listener?.({ _tag: 'stage', stage })
      told = stage
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
