// The main interface: one pool of browsers that runs models. It is the Promise face over the parts in
// PoolParts.ts; what happens below it is in fleet/ (browsers, and the supervision tree), Dispatcher.ts (who runs
// next), scaling/ (how many) and model/ (what is loaded where).

import { availableParallelism } from 'node:os'
import type { Inspection } from '@shoal/core'
import { Effect, Exit, Logger, Scope } from 'effect'
import { InvalidOption, PoolClosed } from './errors.ts'
import type { BrowserInfo } from './fleet/Browsers.ts'
import type { PoolJoin } from './fleet/Devices.ts'
import { followAlias } from './followAlias.ts'
import type { HealthSummary } from './health/summary.ts'
import type { ModelInput } from './inputs.ts'
import { type Holding, type Model, ModelHandle, type RunAnswer } from './Model.ts'
import { type ModelSpec, resolveSpec } from './ModelSpec.ts'
import type { PoolMetrics } from './metrics/PoolMetrics.ts'
import { Aliases } from './model/Aliases.ts'
import type { ModelLoading } from './model/modelActor.ts'
import { type Shapes, shapeFault } from './optionShapes.ts'
import type { PoolOptions } from './PoolOptions.ts'
import { makePoolParts, type PoolParts } from './PoolParts.ts'
import { resolveOptions } from './resolveOptions.ts'
import { type Explanation, explain } from './routing/explain.ts'
import type { RunModelOptions } from './runOptions.ts'
import { openWorld } from './World.ts'

/** One entry of `executeConcurrent`: a model, its input, and the options of that run. */
export type ConcurrentEntry = readonly [model: Model, input: ModelInput, options?: RunModelOptions]

export interface GetModelOptions {
  readonly signal?: AbortSignal
  /**
   * Hears how far the model's files have come, and which stage it has reached: `resolving`, `loading`, … `ready`. One that throws
   * is not called again, which is said as a warning of the process; the model is loaded all the same.
   */
  readonly onProgress?: (loading: ModelLoading) => void
}

export interface AliasOptions {
  readonly signal?: AbortSignal
}

export interface CloseOptions {
  /** How long requests that were accepted may still take, in milliseconds. Default 10 000. */
  readonly drainMs?: number
}

const defaultDrainMs = 10_000

const closeShapes: Shapes<CloseOptions> = { drainMs: 'a number' }

/** Standard output belongs to the program: what actors log goes to standard error. */
const errorLog = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

export class ResourcePool implements AsyncDisposable {
  readonly #parts: PoolParts
  readonly #scope: Scope.Closeable
  readonly #handles = new WeakMap<Model, ModelHandle>()
  readonly #aliases = new Aliases(target => this.#find(target))
  #closing: Promise<void> | undefined

  private constructor(parts: PoolParts, scope: Scope.Closeable) {
    this.#parts = parts
    this.#scope = scope
  }

  /**
   * Starts the host and its browsers, and resolves when `minConnections` of them are up. Rejects with
   * `InvalidOption`, `NoBrowser`, `PortInUse`, `ListenFailed` or `CacheUnwritable`; nothing is left running then.
   */
  static async start(options: PoolOptions & { readonly signal?: AbortSignal } = {}): Promise<ResourcePool> {
    const resolved = resolveOptions(options, availableParallelism())
    if (resolved instanceof Error) throw resolved
    const scope = Scope.makeUnsafe()
    try {
      const parts = await Effect.runPromise(
        openWorld(resolved).pipe(
          Effect.flatMap(world => makePoolParts(resolved, world)),
          Scope.provide(scope),
          Effect.provide(errorLog),
        ),
        runOptions(options.signal),
      )
      return new ResourcePool(parts, scope)
    } catch (error) {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      throw options.signal?.aborted ? options.signal.reason : error
    }
  }

  /**
   * The model, loaded and ready on at least one lane; the same model asked for twice is loaded once. Rejects
   * with `InvalidOption`, `UnsupportedOption`, `ModelUnplaceable`, `ModelTooLarge`, `VersionMismatch`, `PoolClosed`, the
   * reason of the signal, or what the model store says of its files.
   */
  async getModel(spec: ModelSpec, options: GetModelOptions = {}): Promise<Model> {
    const model = this.#aliases.has(spec.name)
      ? await followAlias(this.#parts, this.#aliases, spec.name, {
          first: name => this.#hold({ ...spec, name }, options),
          next: (name, given) => this.#hold({ ...spec, name }, given ? { signal: given } : {}),
          signal: options.signal,
        })
      : new ModelHandle(this.#parts, await this.#hold(spec, options))
    this.#handles.set(model, model)
    return model
  }

  /**
   * Gives a name to a model: `getModel` takes it in the place of the model's own, and the models that were got by it
   * follow when it is given to another one. That one is loaded for them first; requests accepted before end on the one
   * before; then it resolves. Where none was got by it, the model is looked up, not fetched. Rejects with `InvalidOption`, or
   * as `getModel` does: then nothing has changed.
   * @param model a folder, an `.onnx` file, or a name or URL on a hub; undefined takes the name back, and what was got by
   * it stays as it is
   * @param options a signal gives it up until the models move, as a load may wait for room that nothing leaves: then it
   * rejects with the signal's reason
   */
  alias(name: string, model: string | undefined, { signal }: AliasOptions = {}): Promise<void> {
    return model === undefined ? this.#aliases.take(name, signal) : this.#aliases.give(name, model, signal)
  }

  /** What the aliases stand for. */
  aliases(): Readonly<Record<string, string>> {
    return this.#aliases.list()
  }

  async #hold(spec: ModelSpec, options: GetModelOptions): Promise<Holding> {
    const resolved = resolveSpec(spec, this.#parts.preferences)
    if (resolved instanceof Error) throw resolved
    return this.#whileOpen(() => this.#parts.models.hold(resolved, options.onProgress, options.signal))
  }

  #find(model: string): Promise<void> {
    return this.#whileOpen(() => this.#parts.models.find(model))
  }

  async #whileOpen<A>(work: () => Promise<A>): Promise<A> {
    const { ledger } = this.#parts
    if (ledger.closed) throw ledger.closed
    try {
      return await work()
    } catch (error) {
      // What fails because the pool ends beneath it says anything but that.
      throw ledger.closed ?? error
    }
  }

  /**
   * Runs all entries at the same time and settles each by itself, in their order: one failure does not sink
   * the others. With `failFast` the first failure rejects, and what still waits or runs is aborted.
   */
  executeConcurrent(
    entries: readonly ConcurrentEntry[],
    options?: { readonly failFast?: false },
  ): Promise<PromiseSettledResult<RunAnswer>[]>
  executeConcurrent(
    entries: readonly ConcurrentEntry[],
    options: { readonly failFast: true },
  ): Promise<RunAnswer[]>
  async executeConcurrent(
    entries: readonly ConcurrentEntry[],
    options: { readonly failFast?: boolean } = {},
  ): Promise<PromiseSettledResult<RunAnswer>[] | RunAnswer[]> {
    if (options.failFast !== true)
      return Promise.allSettled(entries.map(([model, input, run]) => model.run(input, run)))
    const controller = new AbortController()
    try {
      return await Promise.all(
        entries.map(([model, input, run]) => {
          const signal = run?.signal ? AbortSignal.any([run.signal, controller.signal]) : controller.signal
          return model.run(input, { ...run, signal })
        }),
      )
    } catch (error) {
      controller.abort(error)
      throw error
    }
  }

  /**
   * Where a request for the model would go now, and why not elsewhere: each lane that holds it with its expected finish,
   * each connection that does not with its reason. Throws `InvalidOption` for a model of another pool.
   */
  explain(model: Model): Explanation {
    const held = this.#handles.get(model)?.held
    if (!held)
      throw new InvalidOption({
        option: 'model',
        message: 'model: is not one that this pool gave out; ask the pool that getModel was called on.',
      })
    return explain(this.#parts.dispatcher.candidates(held.id), held.ref.getSnapshot().context.replicas)
  }

  /** The way in for devices; undefined where `join` was not given. */
  get join(): PoolJoin | undefined {
    return this.#parts.devices
  }

  /** The browsers that run, with what is up in each. */
  browsers(): readonly BrowserInfo[] {
    return this.#parts.browsers.list()
  }

  /** How it does, in one word, with reasons; each connection's score and breakers. */
  health(): HealthSummary {
    return this.#parts.health()
  }

  metrics(): PoolMetrics {
    return this.#parts.metrics()
  }

  /** Shows every step of the pool's actors to the listener until it leaves. */
  inspect(listener: (event: Inspection) => void): () => void {
    return this.#parts.system.inspect(listener)
  }

  /**
   * Accepts nothing more, lets accepted requests end for a while, and leaves nothing running. Idempotent. Rejects with
   * `InvalidOption`: then the pool stays open.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const fault = closeFault(options)
    if (fault) return Promise.reject(fault)
    this.#closing ??= this.#close(options.drainMs ?? defaultDrainMs)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(drainMs: number): Promise<void> {
    const { ledger } = this.#parts
    const closed = new PoolClosed({
      message: 'The pool is closed and takes no more requests; start another one.',
    })
    const drained = ledger.drain(closed)
    await Effect.runPromise(Effect.promise(() => drained).pipe(Effect.timeoutOption(drainMs)))
    ledger.failAll(
      new PoolClosed({ message: `The pool was closed, and the request had not ended ${drainMs} ms later.` }),
    )
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}

function closeFault(options: CloseOptions): InvalidOption | undefined {
  const misshapen = shapeFault(options, closeShapes)
  if (misshapen) return misshapen
  const { drainMs = defaultDrainMs } = options
  if (drainMs >= 0) return undefined
  return new InvalidOption({
    option: 'drainMs',
    message: `drainMs: must be a number of milliseconds of at least 0, and is ${drainMs}.`,
  })
}

function runOptions(signal: AbortSignal | undefined) {
  return signal ? { signal } : undefined
}
