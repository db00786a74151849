// Models that lie in folders of this machine. They are read where they are; only their hashes are kept, for as
// long as path, size and time of change agree.
import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { CacheDisk } from './CacheDisk.ts'
import { ModelUnreadable } from './errors.ts'
import { hashFile } from './hashFile.ts'
import type { FoundModel, ModelSource, PlacingWork } from './ModelSource.ts'
import type { PlacedFile } from './StoredModel.ts'
import { isExternalData } from './selectFiles.ts'

/** A folder of models: `<folder>/<name>`, `<folder>/<org>/<name>` or `<folder>/<name>.onnx`. */
export function folderSource(folder: string, disk: CacheDisk): ModelSource {
  const root = resolve(folder)
  return {
    where: root,
    find: async ({ id }) =>
      (await modelAt(join(root, id), disk)) ?? (await modelAt(join(root, `${id}.onnx`), disk)) ?? undefined,
    names: () => namesIn(root),
  }
}

/** The model in this folder, or the graph in this .onnx file; `undefined` where there is neither. */
export async function modelAt(path: string, disk: CacheDisk): Promise<FoundModel | undefined> {
  const location = resolve(path)
  const found = await stat(location).catch(() => undefined)
  if (found?.isDirectory()) return inFolder(location, await pathsIn(location), disk)
  if (!found?.isFile() || !location.endsWith('.onnx')) return undefined
  const graphFile = basename(location)
  const beside = await readdir(dirname(location))
  const paths = [graphFile, ...beside.filter(name => isExternalData(graphFile, name))]
  return { ...inFolder(dirname(location), paths, disk), origin: location, graphFile }
}

function inFolder(root: string, paths: readonly string[], disk: CacheDisk): FoundModel {
  return { origin: root, paths, place: (path, work) => placeInFolder(root, path, disk, work) }
}

/** Files of the root and of `onnx/`: deeper ones belong to other frameworks. */
async function pathsIn(root: string): Promise<readonly string[]> {
  try {
    const names = await readdir(root)
    const graphs = names.includes('onnx') ? await readdir(join(root, 'onnx')).catch(() => []) : []
    return [...names, ...graphs.map(name => `onnx/${name}`)]
  } catch (cause) {
    throw new ModelUnreadable({ file: root, cause })
  }
}

async function placeInFolder(
  root: string,
  path: string,
  disk: CacheDisk,
  work: PlacingWork,
): Promise<PlacedFile> {
  const location = join(root, path)
  try {
    const before = await stat(location)
    const sha256 = await knownHash(
      location,
      before,
      disk,
      loaded => work.onProgress({ file: path, loaded, total: before.size, source: 'disk' }),
      work.signal,
    )
    return { path, location, bytes: before.size, mtimeMs: before.mtimeMs, sha256 }
  } catch (cause) {
    if (work.signal.aborted) throw cause
    throw new ModelUnreadable({ file: location, cause })
  }
}

interface HashRecord {
  readonly bytes: number
  readonly mtimeMs: number
  readonly sha256: string
}

/** A file written this shortly before may be written again without its time of change moving. */
const coarsestClockMs = 2_000

async function knownHash(
  location: string,
  { size: bytes, mtimeMs }: Stats,
  disk: CacheDisk,
  onBytes: (loaded: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const real = await realpath(location)
  const kept = await disk.readRecord('hash', real)
  if (isHashRecord(kept) && kept.bytes === bytes && kept.mtimeMs === mtimeMs) return kept.sha256
  const settled = Date.now() - mtimeMs > coarsestClockMs
  const sha256 = await hashFile(location, signal, onBytes)
  if (settled) await disk.writeRecord('hash', real, { bytes, mtimeMs, sha256 } satisfies HashRecord)
  return sha256
}

function isHashRecord(value: unknown): value is HashRecord {
  if (typeof value !== 'object' || value === null) return false
  const { bytes, mtimeMs, sha256 } = value as Partial<HashRecord>
  return typeof bytes === 'number' && typeof mtimeMs === 'number' && /^[0-9a-f]{64}$/.test(sha256 ?? '')
}

async function namesIn(root: string): Promise<readonly string[]> {
  const list = (folder: string) => readdir(folder, { withFileTypes: true }).catch(() => [])
  const names: string[] = []
  for (const entry of await list(root)) {
    if (entry.name.endsWith('.onnx')) names.push(entry.name.slice(0, -'.onnx'.length))
    if (!entry.isDirectory() && !entry.isSymbolicLink()) continue
    const inside = await list(join(root, entry.name))
    const isModel = inside.some(
      ({ name }) => name === 'onnx' || name === 'config.json' || name.endsWith('.onnx'),
    )
    if (isModel) names.push(entry.name)
    else
      names.push(...inside.filter(child => child.isDirectory()).map(child => `${entry.name}/${child.name}`))
  }
  return names
}
