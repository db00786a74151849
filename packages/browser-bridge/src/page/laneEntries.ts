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

const kinds = { toLane: 0, turned: 1, frame: 2, succeeded: 3, failed: 4, turn: 5 } as const
/** Ids stand in a ring as u32. */
const mostId = 0xffff_ffff

function packToLane(message: ToLane): Packed | undefined {
  if (message instanceof ArrayBuffer) return { kind: kinds.toLane, id: 0, parts: [new Uint8Array(message)] }
  return message.kind === 'turned' ? { kind: kinds.turned, id: 0, parts: [] } : undefined
}

const unpackToLane = ({ kind, bytes }: RingEntry): ToLane =>
  kind === kinds.turned ? { kind: 'turned' } : bytes.buffer

function packFromLane(message: FromLane): Packed | undefined {
  if (message.kind === 'frame') return { kind: kinds.frame, id: 0, parts: message.parts }
  if (message.kind === 'turn') return { kind: kinds.turn, id: 0, parts: [] }
  if (message.kind !== 'end' || message.id > mostId) return undefined
  const { id, parts, succeeded } = message
  return { kind: succeeded ? kinds.succeeded : kinds.failed, id, parts }
}

function unpackFromLane({ kind, id, bytes }: RingEntry): FromLane {
  if (kind === kinds.frame) return { kind: 'frame', parts: [bytes] }
  if (kind === kinds.turn) return { kind: 'turn' }
  return { kind: 'end', id, succeeded: kind === kinds.succeeded, parts: [bytes] }
}

/** The link worker's side. */
export const linkPacking: Packing<ToLane, FromLane> = { pack: packToLane, unpack: unpackFromLane }
/** The lane's. */
export const lanePacking: Packing<FromLane, ToLane> = { pack: packFromLane, unpack: unpackToLane }
