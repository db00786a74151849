// What a load's failure says of where it failed. Predicates alone; what follows from them is Replicas.ts's.

import { DeadlineExceeded, LaneOpenFailed, RemoteFailed } from '@shoal/browser-bridge'

/** Whether the back-end was the reason: another one may do. */
export function isBackends(error: unknown): boolean {
  if (error instanceof RemoteFailed)
    return error.code === 'UnsupportedOperator' || error.code === 'BackendUnavailable'
  return error instanceof LaneOpenFailed
}

/** Whether the lane, not the model, was the reason. */
export function isPassing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'mayRunAgain' in error && error.mayRunAgain === true
}

/** Whether the lane lives, and said what was wrong or was not waited for. */
export function isAnswered(error: unknown): boolean {
  return error instanceof RemoteFailed || error instanceof DeadlineExceeded
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
