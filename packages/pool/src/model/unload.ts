// Frees a model's memory in one lane. WASM memory grows and never shrinks: it truly comes back when a lane ends, so
// a lane's last model takes the lane along.

import type { Lane } from '@shoal/browser-bridge'
import type { Fleet } from '../fleet/Fleet.ts'

/** Never rejects: a lane that cannot unload is gone, and its memory with it. Resolves when the lane has ended, if it has to. */
export async function unload(fleet: Pick<Fleet, 'close'>, lane: Lane, modelKey: string): Promise<void> {
  await lane.unload(modelKey).catch(() => fleet.close(lane))
  await closeEmpty(fleet, lane)
}

/** Ends a lane that holds no model. */
export async function closeEmpty(fleet: Pick<Fleet, 'close'>, lane: Lane): Promise<void> {
  if (lane.models.size > 0 || lane.inFlight > 0) return
  fleet.close(lane)
  // Or the next model would be given a lane that is no more.
  await lane.lost
}
