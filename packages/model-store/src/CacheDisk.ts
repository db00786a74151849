// The store's own folder: blobs named by their hash, partial downloads, and small records. Everything is
// written beside its place and renamed into it, so that a reader never sees half a file.
import { createHash, randomBytes } from 'node:crypto'
import { access, constants, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CacheUnwritable } from './errors.ts'

export interface Blob {
  readonly location: string
  readonly bytes: number
  readonly mtimeMs: number
}

export interface CacheDisk {
  readonly folder: string
  /** A whole file with this hash, if it is here. */
  blob(sha256: string): Promise<Blob | undefined>
  /** Moves a finished file in under its hash. */
  adopt(file: string, sha256: string): Promise<Blob>
  /** Where a download that is not finished lies, by what it is a download of. */
  partialPath(of: string): string
  readRecord(kind: RecordKind, of: string): Promise<unknown>
  /** Never fails: a record only spares work. */
  writeRecord(kind: RecordKind, of: string, value: unknown): Promise<void>
}

/** `hash`: of a local file. `listing`: what a hub last said about a model. */
export type RecordKind = 'hash' | 'listing'

const kinds: readonly RecordKind[] = ['hash', 'listing']

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** As mkdir's `recursive` does, except that Node's never returns where a folder refuses with ENOENT, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder)
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** @throws CacheUnwritable */
export async function openCacheDisk(cache: string): Promise<CacheDisk> {
  const folder = join(cache, 'models')
  try {
    for (const part of ['blobs', 'partial', ...kinds]) await makeFolder(join(folder, part))
    await access(join(folder, 'blobs'), constants.W_OK)
    const probe = join(folder, 'partial', `probe-${randomBytes(6).toString('hex')}`)
    await writeFile(probe, '')
    await rm(probe)
    await sweep(join(folder, 'partial'))
  } catch (cause) {
    throw new CacheUnwritable({ folder: cache, cause })
  }
  const blobPath = (sha256: string): string => join(folder, 'blobs', sha256)
  const recordPath = (kind: RecordKind, of: string): string => join(folder, kind, `${digest(of)}.json`)
  const blob = async (sha256: string): Promise<Blob | undefined> => {
    const found = await stat(blobPath(sha256)).catch(() => undefined)
    return found && { location: blobPath(sha256), bytes: found.size, mtimeMs: found.mtimeMs }
  }
  return {
    folder: cache,
    blob,
    partialPath: of => join(folder, 'partial', digest(of)),
    async adopt(file, sha256) {
      try {
        await rename(file, blobPath(sha256))
        const { size, mtimeMs } = await stat(blobPath(sha256))
        return { location: blobPath(sha256), bytes: size, mtimeMs }
      } catch (cause) {
        throw new CacheUnwritable({ folder: cache, cause })
      }
    },
    async readRecord(kind, of) {
      try {
        return JSON.parse(await readFile(recordPath(kind, of), 'utf8'))
      } catch {
        return undefined
      }
    },
    async writeRecord(kind, of, value) {
      const path = recordPath(kind, of)
      const fresh = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
      try {
        await writeFile(fresh, JSON.stringify(value))
        await rename(fresh, path)
      } catch {
        await rm(fresh, { force: true }).catch(() => {})
      }
    },
  }
}

const forgottenAfterMs = 7 * 24 * 3_600_000

/** Partial downloads that nobody came back for. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > forgottenAfterMs) await rm(path, { force: true })
  }
}
