// Pure: how many restarts are too many. An exact sliding window: OTP counts in whole seconds, this one in the
// clock's own milliseconds; the rule is the same: a restart counts as long as it is at most `periodMs` old.

/** The times of the restarts that still count, oldest first. */
export type RestartWindow = readonly number[]

export const emptyWindow: RestartWindow = []

/** Adds a restart at `now`. `exceeded` when this makes more than `intensity` within `periodMs`. */
export function addRestart(
  window: RestartWindow,
  now: number,
  limits: { readonly intensity: number; readonly periodMs: number },
): { readonly window: RestartWindow; readonly exceeded: boolean } {
  const threshold = now - limits.periodMs
  const kept = [...window.filter(at => at >= threshold), now]
  return { window: kept, exceeded: kept.length > limits.intensity }
}
