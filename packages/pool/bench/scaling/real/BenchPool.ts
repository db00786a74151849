// A pool of real browsers under any scaling rule, with one model: the pool's own parts, put together as
// ResourcePool.start does, but for the rule.

import { availableParallelism } from 'node:os'
import { Effect, Exit, Scope } from 'effect'
import { type BrowserKind, type Model, PoolClosed } from '../../../src/index.ts'
import { ModelHandle } from '../../../src/Model.ts'
import { resolveSpec } from '../../../src/ModelSpec.ts'
import { resolveOptions } from '../../../src/PoolOptions.ts'
import { makePoolParts, type PoolParts } from '../../../src/PoolParts.ts'
import type { decide } from '../../../src/scaling/decide.ts'
import { openWorld } from '../../../src/World.ts'

export interface BenchPoolOptions {
  readonly browsers: readonly BrowserKind[]
  readonly maxConnections: number
  /** Folder of a graph. */
  readonly model: string
  /** The pool's own where it is absent. */
  readonly decide?: typeof decide
}

export class BenchPool implements AsyncDisposable {
  readonly parts: PoolParts
  readonly model: Model
  readonly #scope: Scope.Closeable

  private constructor(parts: PoolParts, model: Model, scope: Scope.Closeable) {
    this.parts = parts
    this.model = model
    this.#scope = scope
  }

  static async start({ model, decide, ...options }: BenchPoolOptions): Promise<BenchPool> {
    const resolved = resolveOptions({ ...options, threads: 1, hub: false }, availableParallelism())
    const spec = resolveSpec({ name: model, type: 'graph', platform: 'wasm' })
    if (resolved instanceof Error) throw resolved
    if (spec instanceof Error) throw spec
    const scope = Scope.makeUnsafe()
    try {
      const parts = await Effect.runPromise(
        openWorld(resolved).pipe(
          Effect.flatMap(world =>
            makePoolParts(resolved, decide === undefined ? world : { ...world, decide }),
          ),
          Scope.provide(scope),
        ),
      )
      const { models, ledger, deadlineMs } = parts
      const { held, found } = await models.hold(spec, undefined, undefined)
      return new BenchPool(parts, new ModelHandle({ held, models, ledger, deadlineMs }, found), scope)
    } catch (error) {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const message = 'The bench is over.'
    await this.parts.ledger.drain(new PoolClosed({ message }))
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}
