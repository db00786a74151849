// The sha256 of a file on disk, read in pieces.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

const chunkBytes = 1024 * 1024

/**
 * @param into receives every byte, so that a caller may go on hashing what follows
 * @returns the number of bytes read
 */
export async function hashInto(
  into: readonly Hash[],
  file: string,
  signal: AbortSignal,
  onBytes: (loaded: number) => void = () => {},
): Promise<number> {
  let loaded = 0
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes, signal })) {
    for (const hash of into) hash.update(chunk)
    loaded += chunk.length
    onBytes(loaded)
  }
  return loaded
}

export async function hashFile(
  file: string,
  signal: AbortSignal,
  onBytes?: (loaded: number) => void,
): Promise<string> {
  const hash = createHash('sha256')
  await hashInto([hash], file, signal, onBytes)
  return hash.digest('hex')
}
