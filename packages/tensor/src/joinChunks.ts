// Chunks of bytes as one array: the one copy, for who takes one buffer.

/** Its buffer is its own, whole. A single chunk that owns its buffer is that chunk. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [first] = chunks
  if (
    chunks.length === 1 &&
    first?.buffer instanceof ArrayBuffer &&
    first.byteLength === first.buffer.byteLength
  ) {
    return new Uint8Array(first.buffer)
  }
  let total = 0
  for (const chunk of chunks) total += chunk.length
  const joined = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}
