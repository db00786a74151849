// What keeps a model's files in the browser, as ModelFiles sees it, and what is decided of it without a browser. How it
// is done is OpfsCache's.

import type { ModelFile } from '../protocol/messages.ts'

export interface FileCache {
  /** The file's bytes, proved by their hash; undefined where it is not kept. Never rejects. */
  read(file: ModelFile): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Keeps a copy. Never rejects. */
  write(file: ModelFile, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** What went wrong last. */
  readonly note: string | undefined
}

/** Lower case hex of SHA-256, as manifests have it. Only in a secure context. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('')
}

export interface KeptFile {
  readonly name: string
  readonly size: number
  readonly usedAt: number
}

/** Which to drop so that `over` bytes become free; undefined where all of them would not do. */
export function toDrop(files: readonly KeptFile[], over: number): readonly KeptFile[] | undefined {
  const dropped: KeptFile[] = []
  let left = over
  for (const file of files.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (left <= 0) break
    dropped.push(file)
    left -= file.size
  }
  return left <= 0 ? dropped : undefined
}
