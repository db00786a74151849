// A frame's header as bytes and back: JSON in UTF-8. Not its meaning: messageChecks.ts says what a header must hold,
// freeValue.ts how values that no check knows the shape of stand in it.

import { FrameError } from './frameError.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

// One buffer for all small headers: writing is synchronous and its result is copied out, so it is never shared.
const scratch = new Uint8Array(48 * 1024)
/** UTF-8 takes at most three bytes for each unit of a string. */
const fitsScratch = scratch.length / 3

/**
 * Encodes a header; fields whose value is undefined are left out. Returns a fresh array with `headroom` zero bytes
 * before it and zero padding after it up to a multiple of 8, and the header's own length.
 */
export function writeHeader(
  header: object,
  headroom: number,
): { bytes: Uint8Array<ArrayBuffer>; length: number } {
  const text = JSON.stringify(header)
  const encoded =
    text.length <= fitsScratch
      ? scratch.subarray(0, encoder.encodeInto(text, scratch).written)
      : encoder.encode(text)
  const { length } = encoded
  const bytes = new Uint8Array(Math.ceil((headroom + length) / 8) * 8)
  bytes.set(encoded, headroom)
  return { bytes, length }
}

/** Decodes exactly one map that fills `bytes`; throws FrameError 'HeaderMalformed' on anything else. */
export function readHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(decoder.decode(bytes))
  } catch (error) {
    // The message quotes what the other side wrote.
    throw new FrameError('HeaderMalformed', String(error).slice(0, 200))
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new FrameError('HeaderMalformed', 'the header is not a map')
  }
  return header as Record<string, unknown>
}
