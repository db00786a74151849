// What every load runs on: a pool of real browsers with the proofs' models loaded, and the reference that judges their
// answers. It asks nothing.

import { type BrowserChoice, type Platform, ResourcePool } from '@shoal/pool'
import { InputUnreadable } from '../input/InputUnreadable.ts'
import type { Progress } from '../output/Progress.ts'
import { Judge } from '../proof/Judge.ts'
import { makeModels, type ProofModel } from '../proof/models.ts'
import { Reference } from '../proof/Reference.ts'
import type { LoadedModel } from './load.ts'

export interface LoadedPoolOptions {
  readonly models?: readonly string[]
  /** Two where it is absent, or the most where that is less. */
  readonly minConnections?: number
  readonly maxConnections: number
  readonly adaptiveScaling: boolean
  readonly browsers?: readonly BrowserChoice[]
  readonly platform: Platform
  /** Requests that may wait; the pool's own default where it is absent. */
  readonly maxQueue?: number
  readonly cache?: string
}

export class LoadedPool implements AsyncDisposable {
  readonly pool: ResourcePool
  readonly models: readonly LoadedModel[]
  readonly judge: Judge

  private constructor(pool: ResourcePool, models: readonly LoadedModel[], judge: Judge) {
    this.pool = pool
    this.models = models
    this.judge = judge
  }

  static async start(
    options: LoadedPoolOptions,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<LoadedPool> {
    progress.say('making the models (seeded weights) …')
    const proofs = chosen(await makeModels(options.cache), options.models)
    const reference = await Reference.open(new Map(proofs.map(({ name, reference }) => [name, reference])))
    progress.say('starting the browsers …')
    await using undo = new AsyncDisposableStack()
    const pool = undo.use(
      await ResourcePool.start({
        minConnections: options.minConnections ?? Math.min(2, options.maxConnections),
        maxConnections: options.maxConnections,
        adaptiveScaling: options.adaptiveScaling,
        hub: false,
        signal,
        ...(options.maxQueue === undefined ? {} : { maxQueue: options.maxQueue }),
        ...(options.browsers ? { browsers: options.browsers } : {}),
        ...(options.cache === undefined ? {} : { cache: options.cache }),
      }),
    )
    for (const { kind, version, pid } of pool.browsers()) progress.say(`  ${kind} ${version}, pid ${pid}`)
    progress.say(`loading ${proofs.map(({ name }) => name).join(', ')} …`)
    const models = await Promise.all(
      proofs.map(async proof => ({
        proof,
        model: await pool.getModel(
          {
            name: proof.folder,
            type: proof.type,
            platform: options.platform,
            // The pages number what they answer, and what a sample is answered comes to no caller: the numbers would show a
            // gap that is none. So the sample that a vision model runs on WebGPU by default is not in this proof; the page
            // cannot tell it from a request, since nothing on the wire does.
            optimizations: { precompileShaders: false },
          },
          { signal },
        ),
      })),
    )
    undo.move()
    return new LoadedPool(pool, models, new Judge(reference))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool.close()
  }
}

function chosen(proofs: readonly ProofModel[], names: readonly string[] | undefined): readonly ProofModel[] {
  if (names === undefined) return proofs
  const asked = names.map(name => {
    const proof = proofs.find(({ name: full }) => full === name || shortName(full) === name)
    if (proof) return proof
    throw new InputUnreadable({
      input: name,
      message: `--models: there is no "${name}"; use ${proofs.map(({ name: full }) => shortName(full)).join(', ')}.`,
    })
  })
  return [...new Set(asked)]
}

/** 'bert-encoder-tiny' → 'bert' */
function shortName(full: string): string {
  return full.split('-', 1)[0] ?? full
}
