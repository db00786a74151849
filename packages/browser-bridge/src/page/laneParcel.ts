// A frame on its way from a lane to the link worker: its large tensors move, what is small is copied together. Not the
// frame's bytes (codec.ts) and not their way to the host (Wire.ts).

import { joinChunks } from '@shoal/tensor'

export interface LaneParcel {
  /** The frame's bytes, in order. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[]
  /** Their buffers, each once: gone from here when it is posted. */
  readonly transfer: readonly ArrayBuffer[]
}

/** A smaller piece costs more to post by itself than to copy. */
const ownFrom = 64 * 1024

/**
 * `chunks` are of one frame that nobody needs here any more. One that has a buffer to itself goes as it is; one that is
 * a view of more, or of memory that is shared or a graph's own, is copied.
 */
export function laneParcel(chunks: readonly Uint8Array[]): LaneParcel {
  const parts: Uint8Array<ArrayBuffer>[] = []
  const taken = new Set<ArrayBufferLike>()
  let small: Uint8Array[] = []
  const closeSmall = () => {
    const [first] = small
    // A single one is no copy where it is joined.
    if (first !== undefined) parts.push(small.length === 1 ? first.slice() : joinChunks(small))
    small = []
  }
  for (const chunk of chunks) {
    if (chunk.length < ownFrom || !ownsBuffer(chunk) || taken.has(chunk.buffer)) {
      small.push(chunk)
      continue
    }
    closeSmall()
    taken.add(chunk.buffer)
    parts.push(chunk)
  }
  closeSmall()
  return { parts, transfer: parts.map(({ buffer }) => buffer) }
}

const ownsBuffer = (chunk: Uint8Array): chunk is Uint8Array<ArrayBuffer> =>
  chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength
