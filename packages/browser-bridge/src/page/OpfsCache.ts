// Model files in the browser's own file system (OPFS), by the hash of their content: a page that starts again downloads
// nothing. Read and written whole, by any number of lanes at once. Not a promise: whatever fails here, the file comes
// from the host, and the cache says why in a note.
//
// A file is written under its own name, so that one whose writer ended in the middle is there with too few bytes; each
// read counts and hashes them, and what is not the file goes.

import type { ModelFile } from '../protocol/messages.ts'
import { type FileCache, type KeptFile, sha256, toDrop } from './FileCache.ts'

/** Of what the browser allows this host's pages, at most so much: a part of it is for what others keep. */
const share = 0.6

const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text)
const usedMark = '.used'

/** The cache, or why there is none here. */
export async function openFileCache(): Promise<FileCache | string> {
  if (!isSecureContext) return 'files are not kept: over plain http from another machine a browser keeps none'
  try {
    const root = await navigator.storage.getDirectory()
    return new OpfsCache(await root.getDirectoryHandle('shoal-models', { create: true }))
  } catch (error) {
    return `files are not kept: ${reasonOf(error)}`
  }
}

const reasonOf = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)

export class OpfsCache implements FileCache {
  readonly #folder: FileSystemDirectoryHandle
  note: string | undefined

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder
  }

  async read({ sha256: hash, bytes: size }: ModelFile): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!isHash(hash)) return undefined
    try {
      const handle = await this.#folder.getFileHandle(hash).catch(() => undefined)
      const file = await handle?.getFile()
      // Another size: another lane is at writing it, or one ended there.
      if (file === undefined || file.size !== size) return undefined
      const bytes = new Uint8Array(await file.arrayBuffer())
      if ((await sha256(bytes)) === hash) {
        await this.#markUsed(hash)
        return bytes
      }
      this.note = `a file that was kept had changed, and was dropped (${hash.slice(0, 8)})`
      await this.#drop(hash)
    } catch (error) {
      this.note = `a kept file could not be read: ${reasonOf(error)}`
    }
    return undefined
  }

  async write({ sha256: hash }: ModelFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!isHash(hash)) return
    try {
      await this.#makeRoom(bytes.length)
      await this.#put(hash, bytes)
      await this.#markUsed(hash)
    } catch (error) {
      // Another lane is at writing the same file.
      if (error instanceof DOMException && error.name === 'NoModificationAllowedError') return
      this.note = `a file could not be kept: ${reasonOf(error)}`
      await this.#drop(hash)
    }
  }

  async #put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const handle = await this.#folder.getFileHandle(name, { create: true })
    const access = await handle.createSyncAccessHandle()
    try {
      access.truncate(0)
      let at = 0
      while (at < bytes.length) {
        const written = access.write(bytes.subarray(at), { at })
        // Firefox writes what fits and says nothing.
        if (written === 0) throw new DOMException('the disk or the quota is full', 'QuotaExceededError')
        at += written
      }
      access.flush()
    } finally {
      access.close()
    }
  }

  /** The time of an empty file beside it: the file's own says when it was written. */
  async #markUsed(hash: string): Promise<void> {
    await this.#put(hash + usedMark, Uint8Array.of(0)).catch(() => {})
  }

  /** Drops what was not used for longest until `wanted` bytes fit. */
  async #makeRoom(wanted: number): Promise<void> {
    const { usage = 0, quota = 0 } = await navigator.storage.estimate()
    const over = usage + wanted - quota * share
    if (over <= 0) return
    const dropped = toDrop(await this.#list(), over)
    if (dropped === undefined) {
      throw new DOMException(`${wanted} bytes do not fit beside what is there`, 'QuotaExceededError')
    }
    for (const { name } of dropped) await this.#drop(name)
  }

  async #list(): Promise<KeptFile[]> {
    const kept: KeptFile[] = []
    const used = new Map<string, number>()
    for await (const [name, handle] of this.#folder.entries()) {
      if (handle.kind !== 'file') continue
      const { size, lastModified } = await (handle as FileSystemFileHandle).getFile()
      if (name.endsWith(usedMark)) used.set(name.slice(0, -usedMark.length), lastModified)
      else kept.push({ name, size, usedAt: lastModified })
    }
    return kept.map(file => ({ ...file, usedAt: used.get(file.name) ?? file.usedAt }))
  }

  async #drop(hash: string): Promise<void> {
    await this.#folder.removeEntry(hash).catch(() => {})
    await this.#folder.removeEntry(hash + usedMark).catch(() => {})
  }
}
