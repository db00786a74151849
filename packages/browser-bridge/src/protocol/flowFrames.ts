// What goes over a socket below the messages, told from a frame by its first four bytes, which there would be the
// length of a header beyond any limit: [u32 LE mark][u32 LE a][u32 LE b][u32 LE zero], and a chunk's bytes after it.
// What is done with them: Outbox.ts and Inbox.ts.

import { FrameError } from './frameError.ts'

/**
 * A frame that is larger goes in chunks of this size. The smallest at which no browser is slower: messages of 64 KiB
 * reach a worker of Chromium at a quarter of the speed.
 */
export const chunkBytes = 256 * 1024
/** So many bytes may be on their way before the receiver has said that it took some. */
export const windowBytes = 4 * 1024 * 1024
/**
 * The window while large frames go and other lanes have small ones to send too, which are behind what is under way: a
 * whole window takes up to a tenth of a second. A quarter alone is slower for large ones.
 */
export const sharedBytes = 1024 * 1024

/**
 * So much of what leaves without credit may be on its way beyond the window and its last chunk. It is small messages, of
 * which Node keeps ten times their bytes: this much of them are about 25,000.
 */
export const overdraftBytes = 1024 * 1024

/** Marks are the last ones that a u32 has: what a header's length never is. */
const marks = { credit: 0xffff_fffd, cut: 0xffff_fffe, chunk: 0xffff_ffff } as const
const firstMark = marks.credit
/** A whole frame's size fits a u32. */
export const mostFrameBytes = 0xffff_ffff
export const headBytes = 16

export type FlowFrame =
  /** A frame in whole: one of codec.ts. */
  | { readonly _tag: 'Whole' }
  /** The next bytes of a frame. `number` tells it from others under way, `total` is its size. */
  | { readonly _tag: 'Chunk'; readonly number: number; readonly total: number; readonly bytes: Uint8Array }
  /** Nothing more comes of that frame. */
  | { readonly _tag: 'Cut'; readonly number: number }
  /** The receiver has taken so many bytes, of whatever. */
  | { readonly _tag: 'Credit'; readonly bytes: number }

const whole: FlowFrame = { _tag: 'Whole' }

function head(mark: number, a: number, b: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, mark, true)
  view.setUint32(4, a, true)
  view.setUint32(8, b, true)
  return bytes
}

/** What stands before a chunk's bytes. */
export const chunkHead = (number: number, total: number) => head(marks.chunk, number, total)
export const cutFrame = (number: number) => head(marks.cut, number, 0)
export const creditFrame = (bytes: number) => head(marks.credit, bytes, 0)

/** Fails with FrameError 'FlowInvalid' or 'FrameTruncated'; of a whole frame it reads four bytes and says nothing. */
export function readFlowFrame(bytes: Uint8Array): FlowFrame {
  // Too short for a frame, too: the codec says so.
  if (bytes.length < 4) return whole
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mark = view.getUint32(0, true)
  if (mark < firstMark) return whole
  if (bytes.length < headBytes) {
    throw new FrameError('FrameTruncated', `${bytes.length} bytes hold no flow frame`)
  }
  const a = view.getUint32(4, true)
  const b = view.getUint32(8, true)
  if (view.getUint32(12, true) !== 0) throw new FrameError('FlowInvalid', 'bits are set that have no meaning')
  if (mark === marks.chunk) {
    return { _tag: 'Chunk', number: a, total: b, bytes: bytes.subarray(headBytes) }
  }
  if (bytes.length !== headBytes || b !== 0) {
    throw new FrameError('FlowInvalid', `${bytes.length} bytes where a flow frame has ${headBytes}`)
  }
  return mark === marks.cut ? { _tag: 'Cut', number: a } : { _tag: 'Credit', bytes: a }
}
