// A pool of real browsers whose parts a bench can reach, and under any scaling rule: the pool's own parts, put together
// as ResourcePool.start does, but for the rule.

import { availableParallelism } from 'node:os'
import { Effect, Exit, Scope } from 'effect'
import { type BrowserKind, type Model, type Platform, PoolClosed } from '../src/index.ts'
import { ModelHandle } from '../src/Model.ts'
import { resolveSpec } from '../src/ModelSpec.ts'
import { makePoolParts, type PoolParts } from '../src/PoolParts.ts'
import { resolveOptions } from '../src/resolveOptions.ts'
import type { decide } from '../src/scaling/decide.ts'
import { openWorld } from '../src/World.ts'

export interface BenchPoolOptions {
  readonly browsers: readonly BrowserKind[]
  readonly minConnections?: number
  readonly maxConnections: number
  /** The pool's own where it is absent. */
  readonly decide?: typeof decide
  /** Hears of each answer, before its caller does, on which lane it was and how many lanes were busy then. */
  readonly onServed?: (lane: string, busyLanes: number) => void
}

export interface BenchModel {
  /** As the dispatcher has it. */
  readonly id: string
  readonly model: Model
}

export class BenchPool implements AsyncDisposable {
  readonly parts: PoolParts
  readonly #scope: Scope.Closeable

  private constructor(parts: PoolParts, scope: Scope.Closeable) {
    this.parts = parts
    this.#scope = scope
  }

  static async start({ decide, onServed, ...options }: BenchPoolOptions): Promise<BenchPool> {
    const resolved = resolveOptions({ ...options, threads: 1, hub: false }, availableParallelism())
    if (resolved instanceof Error) throw resolved
    const scope = Scope.makeUnsafe()
    try {
      const parts = await Effect.runPromise(
        openWorld(resolved).pipe(
          Effect.flatMap(world =>
            makePoolParts(resolved, {
              ...world,
              ...(decide === undefined ? {} : { decide }),
              ...(onServed === undefined ? {} : { onServed }),
            }),
          ),
          Scope.provide(scope),
        ),
      )
      return new BenchPool(parts, scope)
    } catch (error) {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      throw error
    }
  }

  /** @param name folder of a graph */
  async load(name: string, platform: Platform = 'wasm'): Promise<BenchModel> {
    const spec = resolveSpec({ name, type: 'graph', platform })
    if (spec instanceof Error) throw spec
    const { models, ledger, deadlineMs } = this.parts
    const holding = await models.hold(spec, undefined, undefined)
    return { id: holding.held.id, model: new ModelHandle({ models, ledger, deadlineMs }, holding) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const message = 'The bench is over.'
    await this.parts.ledger.drain(new PoolClosed({ message }))
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}
