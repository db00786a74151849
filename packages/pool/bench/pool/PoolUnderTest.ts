// A pool as the rows of this bench want it: one kind of browser, so many connections that stay, the models loaded in
// each. One WASM thread a lane, as what it is measured beside.
import type { BrowserKind } from '@shoal/browser-bridge'
import {
  type Model,
  type ModelSpec,
  type PoolOptions,
  ResourcePool,
  type RunAnswer,
} from '../../src/index.ts'
import type { Round } from './BareLanes.ts'
import { checkAnswer, type KnownModel } from './KnownModel.ts'

export interface PoolUnderTestOptions {
  readonly kind: BrowserKind
  readonly models: readonly KnownModel[]
  readonly lanes: number
  readonly pool?: PoolOptions
  readonly spec?: Omit<ModelSpec, 'name'>
}

export class PoolUnderTest implements AsyncDisposable {
  readonly pool: ResourcePool
  readonly #lanes: number
  readonly #models = new Map<KnownModel, Model>()

  private constructor(pool: ResourcePool, lanes: number) {
    this.pool = pool
    this.#lanes = lanes
  }

  static async start({
    kind,
    models,
    lanes,
    pool: options,
    spec,
  }: PoolUnderTestOptions): Promise<PoolUnderTest> {
    const pool = await ResourcePool.start({
      browsers: [kind],
      minConnections: lanes,
      maxConnections: lanes,
      threads: 1,
      hub: false,
      ...options,
    })
    const under = new PoolUnderTest(pool, lanes)
    try {
      await Promise.all(models.map(known => under.load(known, spec)))
      return under
    } catch (error) {
      await pool.close()
      throw error
    }
  }

  /** Resolves when each lane has it; `getModel` alone is content with one. */
  async load(known: KnownModel, spec: Omit<ModelSpec, 'name'> = {}): Promise<void> {
    const model = await this.pool.getModel({ name: known.dir, type: 'graph', platform: 'wasm', ...spec })
    await onEachLane(model, this.#lanes)
    this.#models.set(known, model)
  }

  model(known: KnownModel): Model {
    const model = this.#models.get(known)
    if (model === undefined) throw new Error(`${known.name} is not loaded in this pool`)
    return model
  }

  /** One request, checked. */
  async ask(known: KnownModel): Promise<RunAnswer> {
    const answer = await this.model(known).run({ tensors: known.inputs }, { outputs: [known.output] })
    checkAnswer(known, answer.output[known.output], 'the pool')
    return answer
  }

  /** All of them at the same time. */
  async run(work: readonly KnownModel[]): Promise<Round> {
    return this.#round(work, entries => this.pool.executeConcurrent(entries, { failFast: true }))
  }

  /** One after the other. */
  async runSerially(work: readonly KnownModel[]): Promise<Round> {
    return this.#round(work, async entries => {
      const answers: RunAnswer[] = []
      for (const [model, input, options] of entries) answers.push(await model.run(input, options))
      return answers
    })
  }

  async #round(
    work: readonly KnownModel[],
    how: (entries: Parameters<ResourcePool['executeConcurrent']>[0]) => Promise<RunAnswer[]>,
  ): Promise<Round> {
    const entries = work.map(
      known => [this.model(known), { tensors: known.inputs }, { outputs: [known.output] }] as const,
    )
    const startedAt = performance.now()
    const answers = await how(entries)
    const wallMs = performance.now() - startedAt
    for (const [at, known] of work.entries())
      checkAnswer(known, answers[at]?.output[known.output], 'the pool')
    const atWorkMs = answers.reduce((sum, { timing }) => sum + timing.computeMs, 0)
    return { wallMs, busyShare: atWorkMs / wallMs / this.#lanes }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close()
  }
}

async function onEachLane(model: Model, lanes: number): Promise<void> {
  const limit = performance.now() + 60_000
  const ready = () => Object.values(model.status().replicas).filter(({ _tag }) => _tag === 'ready').length
  while (ready() < lanes) {
    if (performance.now() > limit)
      throw new Error(`${model.spec.name} is on ${ready()} of ${lanes} lanes after 60 s`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
