// Why an incarnation ended. Not an error type: a normal end has a reason too, and the supervisor's
// decision (Strategy.ts) depends on nothing else.

/**
 * Why an actor ended.
 * `Normal`: its machine reached a final state. `Shutdown`: it was asked to stop, or its supervisor gave up
 * (`cause` says which and why). `Failure`: a throw, a rejection, a defect. `Killed`: it did not stop within its
 * limit, or was stopped without one.
 */
export type ExitReason =
  | { readonly _tag: 'Normal' }
  | { readonly _tag: 'Shutdown'; readonly cause?: unknown }
  | { readonly _tag: 'Failure'; readonly error: unknown }
  | { readonly _tag: 'Killed' }

export const normal: ExitReason = { _tag: 'Normal' }
export const shutdown: ExitReason = { _tag: 'Shutdown' }
export const killed: ExitReason = { _tag: 'Killed' }
export const failure = (error: unknown): ExitReason => ({ _tag: 'Failure', error })

/** OTP's word: what makes a transient child be started again. */
export const isAbnormal = (reason: ExitReason): boolean =>
  reason._tag === 'Failure' || reason._tag === 'Killed'

/** What to show of why: an error where there is one, else the reason's name. */
export function causeOf(reason: ExitReason): unknown {
  if (reason._tag === 'Failure') return reason.error
  return (reason._tag === 'Shutdown' ? reason.cause : undefined) ?? reason._tag
}
