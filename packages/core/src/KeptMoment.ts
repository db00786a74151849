// When something was kept. Within a process its clock says how long ago that is, and never jumps; beyond it only the
// host's own time does, which people and networks set, forwards and back.

import type { ActorClock } from './ActorClock.ts'

export interface KeptMoment {
  /** Milliseconds since 1970, by the host. */
  readonly at: number
  /** The clock that kept it, and what that said, in milliseconds: good for who still has that clock. */
  readonly ticks?: { readonly clock: string; readonly ms: number }
}

const names = new WeakMap<ActorClock, string>()

function nameOf(clock: ActorClock): string {
  const known = names.get(clock)
  if (known !== undefined) return known
  // Not counted: the clock of another process must not have the same.
  const name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
  names.set(clock, name)
  return name
}

export const momentOf = (clock: ActorClock): Required<KeptMoment> => ({
  at: clock.wall?.() ?? Date.now(),
  ticks: { clock: nameOf(clock), ms: clock.now() },
})

/** Milliseconds from one moment to another: 0 where the host's time went back in between. */
export function elapsedBetween(kept: KeptMoment, now: Required<KeptMoment>): number {
  const { ticks } = kept
  const elapsed = ticks?.clock === now.ticks.clock ? now.ticks.ms - ticks.ms : now.at - kept.at
  return Math.max(elapsed, 0)
}
