// A file on a hub, with all that the hub said about its content beforehand.
import { createHash, type Hash } from 'node:crypto'

export interface RemoteFile {
  readonly path: string
  readonly url: string
  readonly bytes: number | undefined
  readonly sha256: string | undefined
  /** The git object id of a file outside large-file storage: sha1 over 'blob <length>\0' and the content. */
  readonly gitSha1: string | undefined
  /** An opaque validator: the same one means the same content. */
  readonly etag: string | undefined
}

/** Hashes a file as it arrives, in the ways in which its hub described it. */
export interface ContentHash {
  readonly hashes: readonly Hash[]
  /** What does not fit what the hub promised; `undefined` when all fits. */
  finish(bytes: number): { readonly sha256: string; readonly wrong: Contradiction | undefined }
}

export interface Contradiction {
  readonly expected: string
  readonly actual: string
}

export function contentHash(file: RemoteFile): ContentHash {
  const sha256 = createHash('sha256')
  const git =
    file.gitSha1 !== undefined && file.bytes !== undefined
      ? createHash('sha1').update(`blob ${file.bytes}\0`)
      : undefined
  return {
    hashes: git === undefined ? [sha256] : [sha256, git],
    finish: bytes => {
      const found = sha256.digest('hex')
      const wrong =
        differs('length', file.bytes, bytes) ??
        differs('sha256', file.sha256, found) ??
        differs('git sha1', git && file.gitSha1, git?.digest('hex'))
      return { sha256: found, wrong }
    },
  }
}

function differs<T>(what: string, expected: T | undefined, actual: T): Contradiction | undefined {
  if (expected === undefined || expected === actual) return undefined
  return { expected: `${what} ${expected}`, actual: `${what} ${actual}` }
}
