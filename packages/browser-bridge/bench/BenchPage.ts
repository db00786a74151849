// The bridge's own page beside a bare one, in one browser: a host, a connection, a lane that computes nothing worth
// the time. What is measured goes all of the way that a request goes, and no farther.
import { Readable } from 'node:stream'
import type { NamedTensor } from '@shoal/tensor'
import { Effect, Exit, Scope } from 'effect'
import { BridgeHost, type FoundBrowser, type Lane, launch, type RunResult } from '../src/index.ts'
import type { FileProvider } from '../src/node/host/FileProvider.ts'
import type { Link, LinkTraffic } from '../src/node/link/Link.ts'
import type { LivePage } from '../src/node/link/LivePage.ts'
import type { ModelManifest } from '../src/protocol/messages.ts'
import { BarePage } from './BarePage.ts'
import { type GraphName, graphs } from './benchGraphs.ts'

const manifest = (name: GraphName): ModelManifest => ({
  key: name,
  name,
  kind: 'graph',
  root: `${name}/resolve/main/`,
  graphFile: 'onnx/model.onnx',
  dtype: 'fp32',
  files: [{ path: 'onnx/model.onnx', bytes: graphs[name].length, sha256: '' }],
})
const files: FileProvider = {
  open: key => {
    const graph = graphs[key.startsWith('zeros') ? 'zeros' : 'size']
    const { length } = graph
    return { bytes: length, total: length, type: 'application/octet-stream', stream: Readable.from([graph]) }
  },
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
    for (const name of ['zeros', 'size'] as const) await lanes[0].load(manifest(name))
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

  /** So many bytes to the lane in one tensor, answered with their number. Several may be under way. */
  async down(bytes: number): Promise<void> {
    const data = new Uint8Array(bytesOf(bytes).buffer, 0, bytes)
    const { outputs } = await this.#run('size', { name: 'x', dtype: 'uint8', dims: [bytes], data })
    if (outputs[0]?.data[0] !== BigInt(bytes)) throw new Error('the lane got another size')
  }

  /** So many bytes from it in the same way. */
  async up(bytes: number): Promise<void> {
    const data = BigInt64Array.of(BigInt(bytes / 4))
    const { outputs } = await this.#run('zeros', { name: 'x', dtype: 'int64', dims: [1], data })
    if (outputs[0]?.data.length !== bytes / 4) throw new Error('the lane gave another size')
  }

  #run(name: GraphName, tensor: NamedTensor): Promise<RunResult> {
    return this.#lane.run(name, { input: { kind: 'tensors' }, tensors: [tensor] }, { deadlineMs: 60_000 })
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
