// Messages between link worker and lane as what a ring takes, and back: those that come for each run. The others, and
// those with large tensors, go through the port as they are.

import type { FromLane, ToLane } from './innerMessages.ts'
import type { RingEntry } from './Ring.ts'

/** What a message is in a ring. */
export interface Packed {
  readonly kind: number
  readonly id: number
  readonly parts: readonly Uint8Array[]
}

/** What the two sides of a channel pack and unpack. */
export interface Packing<Out, In> {
  /** Undefined: it is not one for a ring. */
  readonly pack: (message: Out) => Packed | undefined
  readonly unpack: (entry: RingEntry) => In
}

/** The first two go to a lane, the others come from it. */
const kinds = { frameToLane: 0, turned: 1, frameToHost: 2, succeeded: 3, failed: 4, turn: 5 } as const
/** Ids stand in a ring as u32. */
const mostId = 0xffff_ffff

function packToLane(message: ToLane): Packed | undefined {
  if (message instanceof ArrayBuffer)
    return { kind: kinds.frameToLane, id: 0, parts: [new Uint8Array(message)] }
  return message.kind === 'turned' ? { kind: kinds.turned, id: 0, parts: [] } : undefined
}

function unpackToLane({ kind, bytes }: RingEntry): ToLane {
  switch (kind) {
    case kinds.frameToLane:
      return bytes.buffer
    case kinds.turned:
      return { kind: 'turned' }
    default:
      throw unknownKind(kind)
  }
}

function packFromLane(message: FromLane): Packed | undefined {
  if (message.kind === 'frame') return { kind: kinds.frameToHost, id: 0, parts: message.parts }
  if (message.kind === 'turn') return { kind: kinds.turn, id: 0, parts: [] }
  if (message.kind !== 'end' || message.id > mostId) return undefined
  const { id, parts, succeeded } = message
  return { kind: succeeded ? kinds.succeeded : kinds.failed, id, parts }
}

function unpackFromLane({ kind, id, bytes }: RingEntry): FromLane {
  switch (kind) {
    case kinds.frameToHost:
      return { kind: 'frame', parts: [bytes] }
    case kinds.turn:
      return { kind: 'turn' }
    case kinds.succeeded:
    case kinds.failed:
      return { kind: 'end', id, succeeded: kind === kinds.succeeded, parts: [bytes] }
    default:
      throw unknownKind(kind)
  }
}

/** Host and page are one build: what stands there was not written as it is read. */
const unknownKind = (kind: number) =>
  new Error(`a ring holds an entry of kind ${kind}, which this end does not read`)

/** The link worker's side. */
export const linkPacking: Packing<ToLane, FromLane> = { pack: packToLane, unpack: unpackFromLane }
/** The lane's. */
export const lanePacking: Packing<FromLane, ToLane> = { pack: packFromLane, unpack: unpackToLane }
