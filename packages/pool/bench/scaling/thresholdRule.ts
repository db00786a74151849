// The threshold rule (0.7 / 0.3), as a simple autoscaler has it: up above 0.7 use to what that use would need, down below
// 0.3 (now and smoothed by 0.2) by one, 30 s of cool-down after any step. It forecasts nothing.

import type { MakeScaler } from './Scaler.ts'

export interface ThresholdKnobs {
  readonly upAbove: number
  readonly downBelow: number
  readonly coolDownMs: number
  readonly smoothing: number
}

export const thresholdDefaults: ThresholdKnobs = {
  upAbove: 0.7,
  downBelow: 0.3,
  coolDownMs: 30_000,
  smoothing: 0.2,
}

export class ThresholdRule {
  readonly #knobs: ThresholdKnobs
  #smoothed = 0
  #steppedAt: number | undefined

  constructor(knobs: ThresholdKnobs) {
    this.#knobs = knobs
  }

  target(at: number, connections: number, active: number, max: number, min = 1): number {
    const { upAbove, downBelow, coolDownMs, smoothing } = this.#knobs
    const use = active / Math.max(1, connections)
    this.#smoothed = this.#smoothed === 0 ? use : this.#smoothed + smoothing * (use - this.#smoothed)
    if (this.#steppedAt !== undefined && at - this.#steppedAt < coolDownMs) return connections
    let target = connections
    if (use > upAbove && connections < max)
      target = Math.max(Math.min(Math.ceil(active / upAbove), max), connections + 1)
    else if (use < downBelow && this.#smoothed < downBelow && connections > min)
      target = Math.max(Math.ceil(active / 0.8), min, connections - 1)
    if (target !== connections) this.#steppedAt = at
    return target
  }
}

/** How often it looks; a second suits it best here. */
const everyMs = 1_000

export function thresholdRule(knobs: Partial<ThresholdKnobs>, max: number): MakeScaler {
  const whole = { ...thresholdDefaults, ...knobs }
  return () => {
    const rule = new ThresholdRule(whole)
    return {
      family: 'threshold rule (0.7 / 0.3)',
      knobs: `up ${whole.upAbove}, down ${whole.downBelow}, cool-down ${whole.coolDownMs / 1000} s`,
      everyMs,
      initial: 1,
      target: ({ at, started, running }) => rule.target(at, started, running, max),
    }
  }
}
