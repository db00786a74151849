// A hub that speaks as huggingface.co does: `/api/models/<id>/tree/<revision>` to list, `/<id>/resolve/<revision>/
// <path>` to get. A plain file server in the second shape serves too: then the known names are asked for one by
// one. What a hub last said is kept, so that a model that is here whole is found without the network.
import type { CacheDisk } from './CacheDisk.ts'
import { download } from './download.ts'
import { HubRefused, HubUnreachable } from './errors.ts'
import type { HubAccess } from './hubHttp.ts'
import { isPassing } from './hubHttp.ts'
import { headFiles, listByApi, listByProbing } from './hubListing.ts'
import type { FoundModel, ModelRequest, ModelSource, PlacingWork } from './ModelSource.ts'
import type { RemoteFile } from './RemoteFile.ts'
import type { PlacedFile } from './StoredModel.ts'

export function hubSource(hub: string, disk: CacheDisk, access: HubAccess): ModelSource {
  const base = hub.replace(/\/+$/, '')
  return {
    where: base,
    find: (request, signal) => findOnHub(base, request, disk, access, signal),
    names: async () => [],
  }
}

/** One .onnx file at any URL, with its external data where that lies beside it. */
export async function graphAt(
  url: string,
  disk: CacheDisk,
  access: HubAccess,
  signal: AbortSignal,
): Promise<FoundModel | undefined> {
  const { pathname } = new URL(url)
  const graphFile = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1))
  const names = [
    graphFile,
    `${graphFile}_data`,
    `${graphFile}.data`,
    `${graphFile.slice(0, -'.onnx'.length)}.data`,
  ]
  const beside = (name: string): string => {
    const other = new URL(url)
    other.pathname = `${pathname.slice(0, pathname.lastIndexOf('/'))}/${encodeURIComponent(name)}`
    return name === graphFile ? url : other.href
  }
  const key = `graph ${url}`
  const list = async () => {
    const files = await headFiles(names, beside, access, signal)
    return files.some(({ path }) => path === graphFile) ? files : undefined
  }
  const listing = await listedOrKept(key, list, disk)
  return listing && { ...onHub(url, key, listing, graphFile, disk, access), graphFile }
}

async function findOnHub(
  base: string,
  { id, revision, wanted }: ModelRequest,
  disk: CacheDisk,
  access: HubAccess,
  signal: AbortSignal,
): Promise<FoundModel | undefined> {
  const key = `hub ${base} ${id} ${revision}`
  const fileUrl = (path: string): string =>
    `${base}/${id}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`
  const list = async () => {
    const tree = `${base}/api/models/${id}/tree/${encodeURIComponent(revision)}`
    const listed = await listByApi(tree, fileUrl, access, signal)
    if (listed._tag === 'Listed') return listed.files
    return listed._tag === 'NoModel' ? undefined : listByProbing(wanted, fileUrl, access, signal)
  }
  const listing = await listedOrKept(key, list, disk)
  return listing && onHub(`${base}/${id}`, key, listing, id, disk, access)
}

interface Listing {
  readonly files: readonly RemoteFile[]
  /** What earlier answers and downloads taught, by path. */
  readonly known: ReadonlyMap<string, RemoteFile>
  /** Why the hub was not asked; thrown when a file turns out not to be here. */
  readonly offline: HubUnreachable | HubRefused | undefined
}

async function listedOrKept(
  key: string,
  list: () => Promise<readonly RemoteFile[] | undefined>,
  disk: CacheDisk,
): Promise<Listing | undefined> {
  const kept = readKept(await disk.readRecord('listing', key))
  const known = new Map(kept.map(file => [file.path, file]))
  try {
    const files = await list()
    return files && { files, known, offline: undefined }
  } catch (error) {
    const passing =
      error instanceof HubUnreachable || (error instanceof HubRefused && isPassing(error.status))
    if (!passing || kept.length === 0) throw error
    return { files: kept, known, offline: error }
  }
}

function onHub(
  origin: string,
  key: string,
  listing: Listing,
  model: string,
  disk: CacheDisk,
  access: HubAccess,
): FoundModel {
  const byPath = new Map(listing.files.map(file => [file.path, file]))
  return {
    origin,
    paths: [...byPath.keys()],
    place: async (path, work) => {
      const file = byPath.get(path)
      if (file === undefined) throw new Error(`${path} is not in the listing that it was taken from`)
      return (
        (await alreadyHere(file, listing, disk)) ??
        (await fetchFile(file, listing, model, disk, access, work))
      )
    },
    placed: async files => {
      const hashes = new Map(files.map(({ path, sha256, bytes }) => [path, { sha256, bytes }]))
      const learnt = listing.files.map(file => ({
        ...listing.known.get(file.path),
        ...file,
        ...hashes.get(file.path),
      }))
      if (listing.offline === undefined) await disk.writeRecord('listing', key, learnt)
    },
  }
}

async function alreadyHere(
  file: RemoteFile,
  { known, offline }: Listing,
  disk: CacheDisk,
): Promise<PlacedFile | undefined> {
  const before = known.get(file.path)
  const unchanged =
    before !== undefined &&
    (offline !== undefined ||
      (before.gitSha1 !== undefined && before.gitSha1 === file.gitSha1) ||
      (before.etag !== undefined && before.etag === file.etag))
  const sha256 = file.sha256 ?? (unchanged ? before.sha256 : undefined)
  const blob = sha256 === undefined ? undefined : await disk.blob(sha256)
  if (sha256 === undefined || blob === undefined) return undefined
  if (file.bytes !== undefined && blob.bytes !== file.bytes) return undefined
  return { path: file.path, sha256, ...blob }
}

async function fetchFile(
  file: RemoteFile,
  { offline }: Listing,
  model: string,
  disk: CacheDisk,
  access: HubAccess,
  { signal, onProgress }: PlacingWork,
): Promise<PlacedFile> {
  if (offline !== undefined) throw offline
  const onBytes = (loaded: number, total: number | undefined) =>
    onProgress({ file: file.path, loaded, total, source: 'hub' })
  return { path: file.path, ...(await download(file, { model, disk, access, signal, onBytes })) }
}

function readKept(value: unknown): readonly RemoteFile[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (file): file is RemoteFile => typeof file?.path === 'string' && typeof file.url === 'string',
  )
}
