// Runs a model's first inputs on a lane. Which those are is warmUp.ts's.

import { DeadlineExceeded, type Lane, RemoteFailed, type RunRequest } from '@shoal/browser-bridge'

/** Rejects where the first cannot be run; stops at the first of the others that cannot, or with the time. */
export async function warmLane(
  lane: Lane,
  key: string,
  [sample, ...shapes]: readonly [RunRequest, ...RunRequest[]],
  limitMs: number,
): Promise<void> {
  const deadlineAt = performance.now() + limitMs
  await lane.run(key, sample, { deadlineMs: limitMs })
  for (const shape of shapes) {
    const deadlineMs = deadlineAt - performance.now()
    if (deadlineMs <= 0) return
    try {
      await lane.run(key, shape, { deadlineMs })
    } catch (error) {
      // A shape that the model is too small for: the larger ones are, too.
      if (error instanceof RemoteFailed || error instanceof DeadlineExceeded) return
      throw error
    }
  }
}
