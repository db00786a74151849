// The refusal of a model that has no room anywhere, in words. The decision is evict.ts's.

import { ModelTooLarge } from '../errors.ts'
import type { CeilingName, Room } from './evict.ts'
import type { Footprint } from './LoadFactors.ts'

const advice: Readonly<Record<CeilingName, string>> = {
  page: 'a page has for models; raise memory.perPage, or choose a smaller dtype',
  total: 'the pool has for models; raise memory.total, or choose a smaller dtype',
  machine: 'this machine has left; end something else, or choose a smaller dtype',
}

export function tooLarge(
  model: string,
  { bytes, are }: Footprint,
  { ceiling, freeBytes }: Extract<Room, { _tag: 'never' }>,
): ModelTooLarge {
  return new ModelTooLarge({
    model,
    needBytes: bytes,
    needIs: are,
    freeBytes,
    ceiling,
    message: `${model} takes ${inMiB(bytes)} MiB (${are}), more than the ${inMiB(freeBytes)} MiB that ${advice[ceiling]}.`,
  })
}

function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
