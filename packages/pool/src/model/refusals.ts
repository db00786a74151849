// The refusal of a model that no connection can hold, in words: for want of room, or of what each connection lacks. What
// is refused is decided elsewhere.

import { ModelTooLarge, ModelUnplaceable } from '../errors.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { CeilingName, Room } from './evict.ts'
import type { Footprint } from './LoadFactors.ts'
import { messageOf } from './loadErrors.ts'

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

/** @param refusals why each connection cannot hold it; none where none is up */
export function unplaceable(
  { name, platforms }: ResolvedSpec,
  refusals: readonly unknown[],
): ModelTooLarge | ModelUnplaceable {
  const [first] = refusals
  if (first instanceof ModelTooLarge && refusals.every(one => one instanceof ModelTooLarge)) return first
  const reasons = [...new Set(refusals.map(messageOf))].join('; ')
  return new ModelUnplaceable({
    model: name,
    causes: refusals,
    message: `No connection can hold ${name} on ${platforms.join(' or ')}: ${reasons || 'none is up, and none can be started'}`,
  })
}
