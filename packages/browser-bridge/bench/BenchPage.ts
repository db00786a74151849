// The bridge's own page beside a bare one, in one browser: a host, a connection, a lane that computes nothing worth
// the time. What is measured goes all of the way that a request goes, and no farther.
import { Readable } from 'node:stream'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import { Effect, Exit, Scope } from 'effect'
import { BridgeHost, type FoundBrowser, type Lane, launch } from '../src/index.ts'
import type { Link, LinkTraffic } from '../src/node/link/Link.ts'
import type { LivePage } from '../src/node/link/LivePage.ts'
import type { ModelManifest } from '../src/protocol/messages.ts'
import { BarePage } from './BarePage.ts'

/** As many zeros as it is asked for: a large answer to a small question. */
function zerosGraph(): Uint8Array {
  const graph = new GraphBuilder({ name: 'zeros', seed: 1 })
  const shape = graph.input('x', 'int64', [1])
  graph.output(graph.op('ConstantOfShape', [shape]), 'y', 'float32', ['n'])
  return joinChunks(encodeModel(graph.build()))
}

const graph = zerosGraph()
const zeros: ModelManifest = {
  key: 'zeros',
  name: 'zeros',
  kind: 'graph',
  root: 'zeros/resolve/main/',
  graphFile: 'onnx/model.onnx',
  dtype: 'fp32',
  files: [{ path: 'onnx/model.onnx', bytes: graph.length, sha256: '' }],
}
const files = {
  open: () => ({
    bytes: graph.length,
    total: graph.length,
    type: 'application/octet-stream',
    stream: Readable.from([graph]),
  }),
}

export class BenchPage implements AsyncDisposable {
  readonly bare: BarePage
  readonly #lane: Lane
  readonly #other: Lane
  readonly #link: Link
  readonly #scope: Scope.Closeable

  private constructor(
    bare: BarePage,
    [lane, other]: readonly [Lane, Lane],
    link: Link,
    scope: Scope.Closeable,
  ) {
    this.bare = bare
    this.#lane = lane
    this.#other = other
    this.#link = link
    this.#scope = scope
  }

  static async open(found: FoundBrowser): Promise<BenchPage> {
    const scope = Scope.makeUnsafe()
    const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
      Effect.runPromise(Scope.provide(effect, scope))
    const host = await run(BridgeHost.start({ files }))
    const browser = await run(launch(found))
    const arrived = Promise.withResolvers<LivePage>()
    const { url } = host.invite({ id: 'bench', onArrival: arrived.resolve })
    await Effect.runPromise(browser.openPage(url))
    const live = await arrived.promise
    const lanes = [await live.openLane('wasm', 1), await live.openLane('wasm', 1)] as const
    await lanes[0].load(zeros)
    return new BenchPage(await BarePage.open(browser), lanes, live.link, scope)
  }

  get traffic(): LinkTraffic {
    return this.#link.traffic
  }

  /** To the lane and back, with nothing to do there: it unloads a model that it does not have. */
  emptyCall(): Promise<void> {
    return this.#lane.unload('nothing')
  }

  /** The same on a lane beside it. */
  emptyCallBeside(): Promise<void> {
    return this.#other.unload('nothing')
  }

  /** So many bytes to the lane, in one tensor, or several times at once. Gives the milliseconds that it took. */
  async down(bytes: number, times = 1): Promise<number> {
    const started = performance.now()
    await Promise.all(Array.from({ length: times }, () => this.#down(bytes)))
    return performance.now() - started
  }

  /** For a model that it does not have: all that is answered is that. */
  async #down(bytes: number): Promise<void> {
    const data = new Uint8Array(bytesOf(bytes).buffer, 0, bytes)
    const tensors = [{ name: 'x', dtype: 'uint8', dims: [bytes], data }] as const
    const run = this.#lane.run('nothing', { input: { kind: 'tensors' }, tensors }, { deadlineMs: 60_000 })
    await run.then(
      () => Promise.reject(new Error('a model that is not loaded has run')),
      (error: { code?: string }) => (error.code === 'ModelNotLoaded' ? undefined : Promise.reject(error)),
    )
  }

  /** So many bytes from it in the same way. The milliseconds are those beyond what the lane computed. */
  async up(bytes: number, times = 1): Promise<number> {
    const started = performance.now()
    const inLaneMs = await Promise.all(Array.from({ length: times }, () => this.#up(bytes)))
    return performance.now() - started - inLaneMs.reduce((sum, ms) => sum + ms, 0)
  }

  async #up(bytes: number): Promise<number> {
    const data = BigInt64Array.of(BigInt(bytes / 4))
    const tensors = [{ name: 'x', dtype: 'int64', dims: [1], data }] as const
    const { timing, outputs } = await this.#lane.run(
      'zeros',
      { input: { kind: 'tensors' }, tensors },
      { deadlineMs: 60_000 },
    )
    if (outputs[0]?.data.length !== bytes / 4) throw new Error('the lane gave another size')
    return timing.computeMs + timing.preprocessMs + timing.postprocessMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bare[Symbol.dispose]()
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}

const made = new Map<number, Uint8Array<ArrayBuffer>>()

function bytesOf(count: number): Uint8Array<ArrayBuffer> {
  const bytes = made.get(count) ?? new Uint8Array(count).fill(7)
  made.set(count, bytes)
  return bytes
}
