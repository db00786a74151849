// Ray Serve's default autoscaler, from its documentation (docs.ray.io, "Ray Serve Autoscaling" and "Advanced Ray Serve
// Autoscaling"): desired = running replicas × (ongoing requests a replica ÷ the target), moved by up- and downscaling
// factors, within bounds, and done only when it was decided for the whole of a delay without a break.

import type { MakeScaler } from './Scaler.ts'

export interface RayKnobs {
  readonly targetOngoingRequests: number
  readonly upscaleDelayS: number
  readonly downscaleDelayS: number
  readonly lookBackPeriodS: number
  readonly upscalingFactor: number
  readonly downscalingFactor: number
}

export const rayDefaults: RayKnobs = {
  targetOngoingRequests: 2,
  upscaleDelayS: 30,
  downscaleDelayS: 600,
  lookBackPeriodS: 30,
  upscalingFactor: 1,
  downscalingFactor: 1,
}

export function rayDesired(knobs: RayKnobs, ongoing: number, replicas: number): number {
  const desired = ongoing / knobs.targetOngoingRequests
  const change = desired - replicas
  const factor = change > 0 ? knobs.upscalingFactor : knobs.downscalingFactor
  const moved = Math.ceil(replicas + factor * change)
  // A small factor must not keep it from going down at all.
  return Math.ceil(desired) < replicas && moved === replicas ? moved - 1 : moved
}

/** Lets a wish through once it was held for the whole of its delay. */
export class RayDelay {
  readonly #knobs: RayKnobs
  readonly #intervalS: number
  #count = 0

  constructor(knobs: RayKnobs, intervalS: number) {
    this.#knobs = knobs
    this.#intervalS = intervalS
  }

  decide(desired: number, target: number): number {
    const way = Math.sign(desired - target)
    if (way === 0 || Math.sign(this.#count) === -way) this.#count = 0
    this.#count += way
    const { upscaleDelayS, downscaleDelayS } = this.#knobs
    const delayS = way > 0 ? upscaleDelayS : downscaleDelayS
    if (way === 0 || Math.abs(this.#count) <= Math.trunc(delayS / this.#intervalS)) return target
    this.#count = 0
    return way < 0 ? Math.max(1, desired) : desired
  }
}

/** Coarser than its 0.1 s, which its delays of seconds do not notice. */
const intervalS = 0.5

export function rayServe(knobs: Partial<RayKnobs>, maxReplicas: number): MakeScaler {
  const whole = { ...rayDefaults, ...knobs }
  return () => {
    const delay = new RayDelay(whole, intervalS)
    const seen: { at: number; present: number }[] = []
    return {
      family: 'Ray Serve',
      knobs: `target ${whole.targetOngoingRequests}, up ${whole.upscaleDelayS} s, down ${whole.downscaleDelayS} s, look back ${whole.lookBackPeriodS} s`,
      everyMs: intervalS * 1000,
      initial: 1,
      target({ at, meanPresent, ready, started }) {
        seen.push({ at, present: meanPresent })
        while ((seen[0]?.at ?? at) <= at - whole.lookBackPeriodS * 1000) seen.shift()
        const ongoing = seen.reduce((sum, one) => sum + one.present, 0) / seen.length
        const desired = rayDesired(whole, ongoing, Math.max(1, ready))
        return delay.decide(Math.min(maxReplicas, Math.max(1, desired)), started)
      },
    }
  }
}
