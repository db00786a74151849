// The floor of a pool: the same browser, pages, lanes and models through browser-bridge, with nobody who routes, heals or
// counts. What it gives work to is a loop over a list.
import {
  BridgeHost,
  type FoundBrowser,
  type Lane,
  type LiveConnection,
  launch,
  type ModelManifest,
} from '@shoal/browser-bridge'
import { ModelStore } from '@shoal/model-store'
import type { Tensor } from '@shoal/tensor'
import { Effect, Exit, Scope } from 'effect'
import { checkAnswer, type KnownModel } from './KnownModel.ts'

export interface BareLanesOptions {
  readonly found: FoundBrowser
  readonly models: readonly KnownModel[]
  /** Pages of the one browser, with one lane of one WASM thread each. */
  readonly lanes: number
}

/** What a round took, and how much of it the lanes were at work: 0 to 1. */
export interface Round {
  readonly wallMs: number
  readonly busyShare: number
}

export class BareLanes implements AsyncDisposable {
  readonly pid: number | undefined
  readonly #lanes: readonly Lane[]
  readonly #scope: Scope.Closeable

  private constructor(pid: number | undefined, lanes: readonly Lane[], scope: Scope.Closeable) {
    this.pid = pid
    this.#lanes = lanes
    this.#scope = scope
  }

  static async start({ found, models, lanes: count }: BareLanesOptions): Promise<BareLanes> {
    const scope = Scope.makeUnsafe()
    const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
      Effect.runPromise(Scope.provide(effect, scope))
    try {
      const store = await run(ModelStore.make({ hub: false }))
      const host = await run(
        BridgeHost.start({ files: { open: async (key, path, range) => store.open(key, path, range) } }),
      )
      const manifests = await Promise.all(models.map(model => manifestOf(store, model)))
      const browser = await run(launch(found))
      const open = async (id: string): Promise<Lane> => {
        const arrived = Promise.withResolvers<LiveConnection>()
        await Effect.runPromise(browser.openPage(host.invite({ id, onArrival: arrived.resolve }).url))
        const lane = await (await arrived.promise).openLane('wasm', 1)
        for (const manifest of manifests) await lane.load(manifest)
        return lane
      }
      const lanes = await Promise.all(Array.from({ length: count }, (_, at) => open(`bare-${at + 1}`)))
      return new BareLanes(browser.pid, lanes, scope)
    } catch (error) {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      throw error
    }
  }

  /** Each lane takes the next of the list when it has fewer than two, as the pool's lanes do. */
  async run(work: readonly KnownModel[]): Promise<Round> {
    const answers: { model: KnownModel; answer: Tensor | undefined; computeMs: number }[] = []
    const left = work.values()
    const take = async (lane: Lane) => {
      for (const model of left) answers.push({ model, ...(await ask(lane, model)) })
    }
    const startedAt = performance.now()
    await Promise.all(this.#lanes.flatMap(lane => Array.from({ length: lane.depth }, () => take(lane))))
    const wallMs = performance.now() - startedAt
    for (const { model, answer } of answers) checkAnswer(model, answer, 'a bare lane')
    const atWorkMs = answers.reduce((sum, { computeMs }) => sum + computeMs, 0)
    return { wallMs, busyShare: atWorkMs / wallMs / this.#lanes.length }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}

async function ask(lane: Lane, { name, inputs, output }: KnownModel) {
  const tensors = Object.entries(inputs).map(([input, tensor]) => ({ name: input, ...tensor }))
  const { outputs, timing } = await lane.run(
    name,
    { input: { kind: 'tensors' }, tensors },
    { deadlineMs: 60_000, outputs: [output] },
  )
  return { answer: outputs[0], computeMs: timing.computeMs }
}

async function manifestOf(store: ModelStore, { name, dir }: KnownModel): Promise<ModelManifest> {
  const { key, kind, graphFile, dtype, files } = await Effect.runPromise(store.resolve(dir))
  return { key: name, name, kind, root: `${key}/resolve/main/`, graphFile, dtype, files }
}
