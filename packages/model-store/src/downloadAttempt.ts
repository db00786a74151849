// One try at getting a file: what lies here already is hashed, the rest is asked for by range and appended.
// Whether to try again is decided in download.ts. Ranges: RFC 9110, section 14.
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import type { CacheDisk } from './CacheDisk.ts'
import { CacheUnwritable, HubRefused, ModelFileMissing } from './errors.ts'
import { hashInto } from './hashFile.ts'
import { type HubAccess, isPassing, request } from './hubHttp.ts'
import { type ContentHash, type Contradiction, contentHash, type RemoteFile } from './RemoteFile.ts'

export interface DownloadWork {
  /** For messages. */
  readonly model: string
  readonly disk: CacheDisk
  readonly access: HubAccess
  readonly signal: AbortSignal
  readonly onBytes: (loaded: number, total: number | undefined) => void
}

export type Attempt =
  | {
      readonly _tag: 'Whole'
      readonly sha256: string
      readonly wrong: Contradiction | undefined
      readonly resumed: boolean
    }
  | { readonly _tag: 'Again'; readonly gained: boolean; readonly error: unknown }

/** Rejects where another try cannot help. */
export async function attemptDownload(
  file: RemoteFile,
  partial: string,
  work: DownloadWork,
): Promise<Attempt> {
  const have = (await stat(partial).catch(() => undefined))?.size ?? 0
  const hash = contentHash(file)
  if (have > 0) await hashInto(hash.hashes, partial, work.signal)
  if (have > 0 && have === file.bytes) return { _tag: 'Whole', ...hash.finish(have), resumed: true }

  let answer: Awaited<ReturnType<typeof request>>
  try {
    answer = await request(file.url, { headers: headersFor(file, have) }, work.access, work.signal)
  } catch (error) {
    if (work.signal.aborted) throw error
    return { _tag: 'Again', gained: false, error }
  }
  const { response, alive, end } = answer
  try {
    if (!response.ok) return await refused(file, partial, response.status, work)
    const from = response.status === 206 ? rangeStart(response) : 0
    if (from === 0)
      return await receive(file, partial, response, { from, hash: contentHash(file), alive, work })
    if (from === have) return await receive(file, partial, response, { from, hash, alive, work })
    // A range that was not asked for cannot be put anywhere.
    await rm(partial, { force: true })
    return {
      _tag: 'Again',
      gained: false,
      error: new Error(`the hub answered with bytes from ${from}, not ${have}`),
    }
  } finally {
    end()
  }
}

function headersFor(file: RemoteFile, have: number): Readonly<Record<string, string>> {
  // A compressed answer would have other offsets than the file.
  const plain = { 'accept-encoding': 'identity' }
  if (have === 0) return plain
  const range = { ...plain, range: `bytes=${have}-` }
  const strong = file.etag !== undefined && !file.etag.startsWith('W/')
  return strong ? { ...range, 'if-range': file.etag ?? '' } : range
}

const rangeStart = (response: Response): number =>
  Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN)

async function refused(
  file: RemoteFile,
  partial: string,
  status: number,
  work: DownloadWork,
): Promise<Attempt> {
  if (status === 404 || status === 410) {
    throw new ModelFileMissing({ name: work.model, file: file.path, available: [] })
  }
  const error = new HubRefused({ url: file.url, status })
  // 416: what lies here is longer than what is there.
  if (status === 416) await rm(partial, { force: true })
  else if (!isPassing(status)) throw error
  return { _tag: 'Again', gained: false, error }
}

interface Receiving {
  readonly from: number
  readonly hash: ContentHash
  readonly alive: () => void
  readonly work: DownloadWork
}

async function receive(
  file: RemoteFile,
  partial: string,
  response: Response,
  receiving: Receiving,
): Promise<Attempt> {
  const { from, hash, alive, work } = receiving
  const length = response.headers.get('content-length')
  const total = file.bytes ?? (length === null ? undefined : from + Number(length))
  const handle = await writable(work.disk, () => open(partial, from === 0 ? 'w' : 'r+'))
  let loaded = from
  try {
    for await (const chunk of response.body ?? []) {
      alive()
      await writable(work.disk, () => writeAll(handle, chunk, loaded))
      for (const one of hash.hashes) one.update(chunk)
      loaded += chunk.length
      work.onBytes(loaded, total)
      // A body longer than promised is wrong already, and may have no end.
      if (total !== undefined && loaded > total) break
    }
    await writable(work.disk, () => handle.sync())
  } catch (error) {
    if (work.signal.aborted || error instanceof CacheUnwritable) throw error
    return { _tag: 'Again', gained: loaded > from, error }
  } finally {
    await handle.close()
  }
  if (total !== undefined && loaded < total) {
    return { _tag: 'Again', gained: loaded > from, error: new Error(`cut after ${loaded} of ${total} bytes`) }
  }
  return { _tag: 'Whole', ...hash.finish(loaded), resumed: from > 0 }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}

async function writable<A>(disk: CacheDisk, write: () => Promise<A>): Promise<A> {
  try {
    return await write()
  } catch (cause) {
    throw new CacheUnwritable({ folder: disk.folder, cause })
  }
}
