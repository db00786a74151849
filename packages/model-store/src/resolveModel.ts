// One resolution: what the name means, which source has it, which of its files are wanted, and each of them on
// this disk. Sharing it among callers is the store's business.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { CacheDisk } from './CacheDisk.ts'
import { type Dtype, type PartDtypes, splitDtype } from './Dtype.ts'
import {
  HubUnreachable,
  ModelFileMissing,
  ModelNameRefused,
  ModelNotFound,
  ModelUnreadable,
} from './errors.ts'
import { modelAt } from './folderSource.ts'
import type { HubAccess } from './hubHttp.ts'
import { graphAt, hubSource } from './hubSource.ts'
import { type Location, locate } from './locate.ts'
import type { FoundModel, ModelRequest, ModelSource, PlacingWork } from './ModelSource.ts'
import { nearNames } from './nearNames.ts'
import { type PlacedFile, type StoredModel, storedModel } from './StoredModel.ts'
import { selectFiles, type Wanted } from './selectFiles.ts'

export interface Places {
  readonly disk: CacheDisk
  readonly accessTo: (url: string) => HubAccess
  /** Asked for a plain name, in this order. */
  readonly sources: readonly ModelSource[]
}

export interface Asked {
  readonly dtype?: Dtype | PartDtypes
  readonly task?: string
  readonly graph?: string
  readonly sideBySide?: boolean
}

/** Rejects with a ModelStoreError, or because the signal was aborted. */
export async function resolveModel(
  text: string,
  asked: Asked,
  places: Places,
  work: PlacingWork,
): Promise<StoredModel> {
  const location = locate(text, existsSync)
  const wanted: Wanted = { dtype: asked.dtype ?? 'fp32', graph: asked.graph }
  const { found, name } = await find(text, location, wanted, places, work.signal)
  const selection =
    found.graphFile === undefined
      ? selectFiles(found.paths, wanted)
      : { _tag: 'Selected' as const, graphFile: found.graphFile, paths: found.paths, dtypes: {} }
  if (selection._tag === 'NoGraph') {
    throw new ModelFileMissing({
      name,
      file: selection.file,
      ...(typeof wanted.dtype === 'string' ? { dtype: wanted.dtype } : {}),
      available: selection.available,
    })
  }
  const placed = await placeAll(selection.paths, found, work, asked.sideBySide === true ? sideBySide : 1)
  const ofParts = [...new Set(Object.values(selection.dtypes))]
  await found.placed?.(placed)
  return storedModel(
    {
      name,
      kind: asked.task === undefined ? 'graph' : 'task',
      task: asked.task,
      dtype: dtypeOf(selection.graphFile),
      partDtypes: ofParts.length > 1 ? selection.dtypes : undefined,
      graphFile: selection.graphFile,
      origin: found.origin,
      config: await readConfig(placed),
    },
    placed,
  )
}

/** Files that are placed at once where that is asked for. */
const sideBySide = 4

/** In their order. With the first that fails the others are given up. */
async function placeAll(
  paths: readonly string[],
  found: FoundModel,
  work: PlacingWork,
  atOnce: number,
): Promise<PlacedFile[]> {
  const placed: PlacedFile[] = []
  const stop = new AbortController()
  const signal = AbortSignal.any([work.signal, stop.signal])
  const queue = paths.entries()
  const worker = async () => {
    for (const [at, path] of queue) placed[at] = await found.place(path, { ...work, signal })
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
    return placed
  } catch (error) {
    stop.abort(error)
    throw error
  }
}

interface Found {
  readonly found: FoundModel
  readonly name: string
}

async function find(
  text: string,
  location: Location,
  wanted: Wanted,
  { disk, accessTo, sources }: Places,
  signal: AbortSignal,
): Promise<Found> {
  switch (location._tag) {
    case 'Refused':
      throw new ModelNameRefused({ name: text, reason: location.reason })
    case 'Path': {
      const path = resolve(location.path)
      const found = await modelAt(path, disk)
      if (found === undefined) throw await noSuchPath(text, path)
      return { found, name: basename(path).replace(/\.onnx$/, '') }
    }
    case 'GraphUrl': {
      const found = await graphAt(location.url, disk, accessTo(location.url), signal)
      if (found === undefined) throw new ModelNotFound({ name: text, looked: [location.url], near: [] })
      return { found, name: (found.graphFile ?? text).replace(/\.onnx$/, '') }
    }
    case 'HubModel': {
      const source = hubSource(location.hub, disk, accessTo(location.hub))
      return findByName(text, { id: location.id, revision: location.revision, wanted }, [source], signal)
    }
    case 'Name':
      return findByName(text, { id: location.id, revision: location.revision, wanted }, sources, signal)
  }
}

async function findByName(
  text: string,
  request: ModelRequest,
  sources: readonly ModelSource[],
  signal: AbortSignal,
): Promise<Found> {
  const near = async () =>
    nearNames(request.id, (await Promise.all(sources.map(source => source.names()))).flat())
  for (const source of sources) {
    try {
      const found = await source.find(request, signal)
      if (found !== undefined) return { found, name: request.id }
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error
      // A slip in the name of a local model ends here too, on a machine without a network.
      throw new HubUnreachable({ url: error.url, cause: error.cause, near: await near() })
    }
  }
  throw new ModelNotFound({ name: text, looked: sources.map(({ where }) => where), near: await near() })
}

async function noSuchPath(text: string, path: string): Promise<ModelNotFound> {
  const beside = await readdir(dirname(path)).catch(() => [])
  const near = existsSync(path) ? [] : nearNames(basename(path), beside)
  return new ModelNotFound({ name: text, looked: [path], near })
}

const dtypeOf = (graphFile: string): Dtype => splitDtype(basename(graphFile, '.onnx')).dtype

async function readConfig(
  placed: readonly PlacedFile[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = placed.find(({ path }) => path === 'config.json')
  if (file === undefined) return undefined
  try {
    const config: unknown = JSON.parse(await readFile(file.location, 'utf8'))
    if (isRecord(config)) return config
  } catch (cause) {
    throw new ModelUnreadable({ file: file.location, cause })
  }
  throw new ModelUnreadable({ file: file.location, cause: new Error('it holds no JSON object') })
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
