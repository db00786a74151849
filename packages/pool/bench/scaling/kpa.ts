// Knative's pod autoscaler, from its documentation (knative.dev, "Supported autoscaler types" and "Configuring the
// autoscaler") and the decisions of its `Scale` in words: desired = concurrency ÷ target over a stable window and over a
// panic window of a tenth of it; panic from twice the ready pods on, until a stable window has passed without; never
// down in panic; up at most 1000-fold, down at most by half; the greatest of the scale-down delay.

import type { MakeScaler } from './Scaler.ts'

export interface KpaKnobs {
  /** Concurrency of a pod that is aimed at: containerConcurrency × target utilization. */
  readonly target: number
  readonly stableWindowMs: number
  readonly scaleDownDelayMs: number
  readonly maxScaleUpRate: number
  readonly maxScaleDownRate: number
}

export const kpaDefaults: KpaKnobs = {
  target: 0.7,
  stableWindowMs: 60_000,
  scaleDownDelayMs: 0,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
}

const panicThreshold = 2
const panicShare = 0.1
const tickMs = 2_000

/** The decision alone, with its two states: when panic began and the most it asked for. */
export class KpaDecider {
  readonly #knobs: KpaKnobs
  #panicAt: number | undefined
  #mostInPanic = 0

  constructor(knobs: KpaKnobs) {
    this.#knobs = knobs
  }

  get inPanic(): boolean {
    return this.#panicAt !== undefined
  }

  /** @param stable mean concurrency over the stable window; @param panic over the panic window */
  desired(at: number, readyPods: number, stable: number, panic: number): number {
    const { target, maxScaleUpRate, maxScaleDownRate, stableWindowMs } = this.#knobs
    const ready = Math.max(1, readyPods)
    const most = Math.ceil(maxScaleUpRate * ready)
    const least = Math.floor(ready / maxScaleDownRate)
    const bounded = (pods: number) => Math.min(Math.max(pods, least), most)
    const panicPods = Math.ceil(panic / target)
    if (panicPods / ready >= panicThreshold) this.#panicAt = at
    else if (this.#panicAt !== undefined && this.#panicAt + stableWindowMs < at) {
      this.#panicAt = undefined
      this.#mostInPanic = 0
    }
    const stablePods = bounded(Math.ceil(stable / target))
    if (this.#panicAt === undefined) return stablePods
    this.#mostInPanic = Math.max(this.#mostInPanic, stablePods, bounded(panicPods))
    return this.#mostInPanic
  }
}

export function kpa(knobs: Partial<KpaKnobs>, maxPods: number): MakeScaler {
  const whole = { ...kpaDefaults, ...knobs }
  return () => {
    const decider = new KpaDecider(whole)
    const seen: { at: number; present: number }[] = []
    const delayed: { at: number; pods: number }[] = []
    const mean = (since: number) => {
      const within = seen.filter(one => one.at > since)
      return within.reduce((sum, one) => sum + one.present, 0) / Math.max(1, within.length)
    }
    return {
      family: 'Knative KPA',
      knobs: `target ${whole.target}, window ${whole.stableWindowMs / 1000} s, scale-down delay ${whole.scaleDownDelayMs / 1000} s`,
      everyMs: tickMs,
      initial: 1,
      target({ at, meanPresent, ready }) {
        seen.push({ at, present: meanPresent })
        while ((seen[0]?.at ?? at) <= at - whole.stableWindowMs) seen.shift()
        const stable = mean(at - whole.stableWindowMs)
        const panic = mean(at - Math.max(tickMs, panicShare * whole.stableWindowMs))
        const pods = Math.min(maxPods, Math.max(1, decider.desired(at, ready, stable, panic)))
        delayed.push({ at, pods })
        while ((delayed[0]?.at ?? at) < at - whole.scaleDownDelayMs) delayed.shift()
        return Math.max(...delayed.map(one => one.pods))
      },
    }
  }
}
