// Tells when nobody is there and nobody can come any more: the wait for a model on a device that joins would not end.
// Not how long who is there may take to fetch the model: as long as it needs.

import type { PoolJoin } from '@shoal/pool'
import { NobodyJoined } from './NobodyJoined.ts'

/** Between two looks at the devices. */
const lookMs = 250

/**
 * Who is away counts as there: the pool gives it up by itself where it does not come back.
 * @param seconds how long the address lets a device in
 * @returns ends the watch
 */
export function watchForNobody(
  door: Pick<PoolJoin, 'devices'>,
  seconds: number,
  giveUp: (error: NobodyJoined) => void,
): () => void {
  const expiresAt = performance.now() + seconds * 1000
  let last: string | undefined
  const looking = setInterval(() => {
    const here = door.devices().at(-1)
    last = here?.id ?? last
    if (here !== undefined || performance.now() < expiresAt) return
    clearInterval(looking)
    giveUp(new NobodyJoined({ seconds, left: last }))
  }, lookMs)
  return () => clearInterval(looking)
}
