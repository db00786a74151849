// From what somebody calls a model to its files on this disk, hashed and checked. It looks in folders first, then
// on a hub; it knows nothing of graphs, browsers or pools.
import { Effect } from 'effect'
import { type CacheDisk, openCacheDisk } from './CacheDisk.ts'
import { defaultCacheFolder } from './cacheFolder.ts'
import type { Dtype, PartDtypes } from './Dtype.ts'
import { type CacheUnwritable, isModelStoreError, type ModelStoreError } from './errors.ts'
import { makeFlights } from './Flights.ts'
import { folderSource } from './folderSource.ts'
import type { HubAccess } from './hubHttp.ts'
import { hubSource } from './hubSource.ts'
import type { ModelProgress } from './ModelSource.ts'
import { type Places, resolveModel } from './resolveModel.ts'
import type { ByteRange, OpenedFile, StoredModel } from './StoredModel.ts'

export interface ModelStoreOptions {
  /** Where downloads and hashes are kept. Default: `defaultCacheFolder()`. */
  readonly cache?: string
  /** Folders in which a plain name is looked up first, in this order: `<folder>/<name>`. */
  readonly folders?: readonly string[]
  /** The hub to ask after the folders; `false`: never the network for a plain name. Default: HF_ENDPOINT or https://huggingface.co. */
  readonly hub?: string | false
  /** Sent to the hub as a bearer token. Default: HF_TOKEN. */
  readonly hubToken?: string
  /** How often a request that gains nothing is made again. Default 3. */
  readonly retries?: number
  /** Milliseconds without a byte after which a connection counts as cut. Default 30,000. */
  readonly stallMs?: number
}

export interface ResolveOptions {
  /** Default 'fp32'. Of a model of several parts, one for each by its stem. A bare .onnx file has the dtype that it has. */
  readonly dtype?: Dtype | PartDtypes
  /** The Transformers.js task that the model is for. */
  readonly task?: string
  /** Stem of one graph of a model of several parts, such as 'text_model'. */
  readonly graph?: string
  /** Fetches four files at a time (default: one after the other, which shares the line with nobody). */
  readonly sideBySide?: boolean
  readonly onProgress?: (progress: ModelProgress) => void
}

export interface ModelStore {
  /** The cache folder. */
  readonly cache: string
  /**
   * The model that a name, path or URL means, with every file on this disk. Resolving one model several times at
   * once does the work once; interrupting the last one stops it, and what was downloaded is resumed next time.
   */
  resolve(nameOrPathOrUrl: string, options?: ResolveOptions): Effect.Effect<StoredModel, ModelStoreError>
  /** Opens a file of a model that this store resolved, by its key. `undefined` when there is none such. */
  open(key: string, path: string, range?: ByteRange): OpenedFile | undefined
}

export const ModelStore = {
  make: (options: ModelStoreOptions = {}): Effect.Effect<ModelStore, CacheUnwritable> =>
    Effect.tryPromise({
      try: () => openCacheDisk(options.cache ?? defaultCacheFolder()),
      catch: error => error as CacheUnwritable,
    }).pipe(Effect.map(disk => makeStore(disk, options))),
}

function makeStore(disk: CacheDisk, options: ModelStoreOptions): ModelStore {
  const { HF_TOKEN, HF_ENDPOINT } = process.env
  const hub = options.hub ?? (HF_ENDPOINT || 'https://huggingface.co')
  const token = options.hubToken ?? (HF_TOKEN || undefined)
  const accessTo = (url: string): HubAccess => ({
    // The token is the configured hub's: no other host that somebody names gets to see it.
    token:
      hub !== false && URL.canParse(hub) && new URL(hub).origin === new URL(url).origin ? token : undefined,
    retries: options.retries ?? 3,
    stallMs: options.stallMs ?? 30_000,
  })
  const places: Places = {
    disk,
    accessTo,
    sources: [
      ...(options.folders ?? []).map(folder => folderSource(folder, disk)),
      ...(hub === false ? [] : [hubSource(hub, disk, accessTo(hub))]),
    ],
  }
  const models = new Map<string, StoredModel>()
  const flights = makeFlights<StoredModel, ModelProgress>()

  return {
    cache: disk.folder,
    open: (key, path, range) => models.get(key)?.open(path, range),
    resolve: (name, { onProgress = () => {}, ...wanted } = {}) =>
      Effect.callback<StoredModel, ModelStoreError>(resume => {
        const flight = JSON.stringify([name, wanted.dtype, wanted.task, wanted.graph])
        const start = (signal: AbortSignal, report: (progress: ModelProgress) => void) =>
          resolveModel(name, wanted, places, { signal, onProgress: report })
        const leave = flights.join(flight, start, onProgress, result => {
          if (result.status === 'rejected') {
            resume(isModelStoreError(result.reason) ? Effect.fail(result.reason) : Effect.die(result.reason))
          } else {
            models.set(result.value.key, result.value)
            resume(Effect.succeed(result.value))
          }
        })
        return Effect.sync(leave)
      }),
  }
}
