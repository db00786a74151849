// How many connections there should be, as a pure function of recent samples and a policy. Demand comes from
// Little's law (work in the system = arrival rate × time in service); the answer is bounded, goes out by what
// waits, and in by one, only after a whole window of low use. It starts and stops nothing.

/** One look at the pool. Counts are since the sample before. */
export interface Sample {
  /** Milliseconds on the pool's clock. */
  readonly at: number
  readonly arrivals: number
  readonly waiting: number
  readonly running: number
  /** Connections up. */
  readonly ready: number
  /** Connections up or on their way. */
  readonly started: number
  /** Mean service time of what was answered lately, in milliseconds; undefined before anything was. */
  readonly serviceMs: number | undefined
}

/** When to step out or in. */
export interface ScalingRules {
  /** Out above this share of busy lanes (0–1). */
  readonly outAbove: number
  /** In below this share of busy lanes (0–1). */
  readonly inBelow: number
  /** Samples older than this are not looked at, in milliseconds. */
  readonly windowMs: number
  /** No step in sooner than this after any step, in milliseconds. */
  readonly coolDownMs: number
}

export interface ScalingPolicy extends ScalingRules {
  readonly minConnections: number
  readonly maxConnections: number
}

/** The original description's thresholds: up above 0.7 use, down below 0.3, 30 s cool-down. */
export const defaultRules: ScalingRules = {
  outAbove: 0.7,
  inBelow: 0.3,
  windowMs: 10_000,
  coolDownMs: 30_000,
}

export type Decision =
  | { readonly _tag: 'hold'; readonly target: number; readonly reason: string }
  | { readonly _tag: 'out'; readonly target: number; readonly reason: string }
  | { readonly _tag: 'in'; readonly target: number; readonly reason: string }

/**
 * @param samples oldest first
 * @param lastStepAt when the last step out or in was taken, on the samples' clock
 */
export function decide(
  samples: readonly Sample[],
  policy: ScalingPolicy,
  lastStepAt: number | undefined,
): Decision {
  const latest = samples.at(-1)
  if (!latest) return { _tag: 'hold', target: policy.minConnections, reason: 'nothing seen yet' }
  const { started } = latest
  if (started < policy.minConnections)
    return {
      _tag: 'out',
      target: policy.minConnections,
      reason: `below the ${policy.minConnections} asked for`,
    }
  if (started > policy.maxConnections)
    return { _tag: 'in', target: started - 1, reason: `above the ${policy.maxConnections} allowed` }

  const recent = samples.filter(sample => sample.at >= latest.at - policy.windowMs)
  const demand = demandOf(recent)
  const wanted = Math.ceil(demand / policy.outAbove)
  if (wanted > started && latest.waiting > 0 && started < policy.maxConnections) {
    const target = Math.min(policy.maxConnections, wanted)
    return {
      _tag: 'out',
      target,
      reason: `${latest.waiting} waiting; demand is ${demand.toFixed(1)} busy connections and ${started} are up or starting`,
    }
  }

  if (started > policy.minConnections && latest.ready === started) {
    const covered = latest.at - (recent[0]?.at ?? latest.at) >= policy.windowMs * 0.9
    const peak = Math.max(...recent.map(sample => sample.running + sample.waiting))
    const rested = lastStepAt === undefined || latest.at - lastStepAt >= policy.coolDownMs
    if (covered && rested && peak / started < policy.inBelow && demand < started - 1)
      return {
        _tag: 'in',
        target: started - 1,
        reason: `at most ${peak} requests at once in ${(policy.windowMs / 1000).toFixed(0)} s over ${started} connections`,
      }
  }
  return {
    _tag: 'hold',
    target: started,
    reason: `demand is ${demand.toFixed(1)} busy connections of ${started}`,
  }
}

/** Connections kept busy by what arrives (Little's law), or by what is here already if that is more. */
export function demandOf(samples: readonly Sample[]): number {
  const first = samples[0]
  const latest = samples.at(-1)
  if (!first || !latest) return 0
  const present = latest.running + latest.waiting
  const seconds = (latest.at - first.at) / 1000
  if (latest.serviceMs === undefined || seconds <= 0) return present
  // The first sample's arrivals came before the window that these seconds measure.
  const arrivals = samples.slice(1).reduce((sum, sample) => sum + sample.arrivals, 0)
  return Math.max((arrivals / seconds) * (latest.serviceMs / 1000), present)
}
