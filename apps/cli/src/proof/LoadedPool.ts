// What every proof runs on: a pool of real browsers with the proofs' models loaded, and the reference that judges their
// answers. It asks nothing.

import { type BrowserChoice, type Platform, ResourcePool } from '@shoal/pool'
import { InputUnreadable } from '../input/InputUnreadable.ts'
import type { Progress } from '../output/Progress.ts'
import type { LoadedModel } from './ask.ts'
import { Judge } from './Judge.ts'
import { makeModels, type ProofModel } from './models.ts'
import { Reference } from './Reference.ts'

export interface LoadedPoolOptions {
  readonly models?: readonly string[]
  /** Two where it is absent, or the most where that is less. */
  readonly minConnections?: number
  readonly maxConnections: number
  /** The pool's own default where it is absent. */
  readonly adaptiveScaling?: boolean
  readonly browsers?: readonly BrowserChoice[]
  readonly platform: Platform
  /** Requests that may wait; the pool's own default where it is absent. */
  readonly maxQueue?: number
  /** Of the host; any free one where it is absent. */
  readonly port?: number
  readonly cache?: string
}

/**
 * `numbered`: every answer that a page numbers comes to a caller. The sample that a vision model runs on WebGPU by default
 * does not, and what it is answered would show as a gap that is none; the page cannot tell it from a request.
 */
export type Warming = 'default' | 'numbered'

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
    warming: Warming,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<LoadedPool> {
    progress.say('making the models (seeded weights) …')
    const proofs = chosen(await makeModels(options.cache), options.models)
    const reference = await Reference.open(new Map(proofs.map(({ name, reference }) => [name, reference])))
    progress.say('starting the browsers …')
    const pool = await ResourcePool.start({
      minConnections: options.minConnections ?? Math.min(2, options.maxConnections),
      maxConnections: options.maxConnections,
      hub: false,
      signal,
      ...(options.adaptiveScaling === undefined ? {} : { adaptiveScaling: options.adaptiveScaling }),
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.maxQueue === undefined ? {} : { maxQueue: options.maxQueue }),
      ...(options.browsers ? { browsers: options.browsers } : {}),
      ...(options.cache === undefined ? {} : { cache: options.cache }),
    })
    try {
      for (const { kind, version, pid } of pool.browsers()) progress.say(`  ${kind} ${version}, pid ${pid}`)
      progress.say(`loading ${proofs.map(({ name }) => name).join(', ')} …`)
      const models = await load(pool, proofs, options.platform, warming, signal)
      return new LoadedPool(pool, models, new Judge(reference))
    } catch (error) {
      await pool.close()
      throw error
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool.close()
  }
}

function load(
  pool: ResourcePool,
  proofs: readonly ProofModel[],
  platform: Platform,
  warming: Warming,
  signal: AbortSignal,
): Promise<readonly LoadedModel[]> {
  const optimizations = warming === 'numbered' ? { optimizations: { precompileShaders: false } } : {}
  return Promise.all(
    proofs.map(async proof => ({
      proof,
      model: await pool.getModel(
        { name: proof.folder, type: proof.type, platform, ...optimizations },
        { signal },
      ),
    })),
  )
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
