// How much work there is: connections kept busy by what arrives, by Little's law (Little 1961: work in the system =
// arrival rate × time in service), and what waits beyond that. Pure. How many connections it takes is staffing.ts's.

import type { Sample } from './Sample.ts'
import type { ScalingRules } from './ScalingPolicy.ts'

export interface Demand {
  /** Arrivals a second, over the window or, where the load has changed, since then. */
  readonly rate: number
  readonly change: 'none' | 'surge' | 'lull'

  /** Mean milliseconds that a lane is busy with a request; undefined before one was answered. */
  readonly serviceMs: number | undefined
  /** Lanes that were busy on the mean, beside which `serviceMs` was measured. */
  readonly beside: number
  /** Requests in the pool now. */
  readonly present: number
  /** Those beyond one for each connection: some of them may be on a lane, behind another. */
  readonly waiting: number
}

/** @param samples oldest first; none older than the window */
export function demandOf(samples: readonly Sample[], rules: Pick<ScalingRules, 'surgeMs'>): Demand {
  const latest = samples.at(-1)
  if (!latest) return nothing
  let [served, servedMs, busy] = [0, 0, 0]
  for (const sample of samples) {
    served += sample.served
    servedMs += sample.servedMs
    busy += Math.min(sample.running, sample.ready)
  }
  return {
    ...rateOf(samples, rules.surgeMs),
    serviceMs: served > 0 ? servedMs / served : undefined,
    beside: busy / samples.length,
    present: latest.running + latest.waiting,
    waiting: Math.max(0, latest.running + latest.waiting - latest.ready),
  }
}

const nothing: Demand = {
  rate: 0,
  change: 'none',
  serviceMs: undefined,
  beside: 0,
  present: 0,
  waiting: 0,
}

/**
 * Logarithm of how much likelier a changed rate must make the counts than an unchanged one. Many ends of the window are
 * tried, several times a second: at 8 a steady load is taken for a changed one a few times a day.
 */
const evidence = 8

/**
 * The window's rate, unless its latest part says otherwise: each end of the window, `surgeMs` long or shorter, is held
 * against the rate before it, and the most telling one counts (Kulldorff's scan statistic for Poisson counts, 1997).
 */
function rateOf(samples: readonly Sample[], surgeMs: number): Pick<Demand, 'rate' | 'change'> {
  const latest = samples.at(-1)
  const first = samples[0]
  if (!first || !latest || latest.at <= first.at) return { rate: 0, change: 'none' }
  // The first sample's arrivals came before the time that the samples cover.
  const all = samples.slice(1).reduce((sum, { arrivals }) => sum + arrivals, 0)
  const seconds = (latest.at - first.at) / 1000
  let most = evidence
  let found: Pick<Demand, 'rate' | 'change'> = { rate: all / seconds, change: 'none' }
  let count = 0
  for (let at = samples.length - 1; at > 1; at--) {
    const before = samples[at - 1]
    count += samples[at]?.arrivals ?? 0
    if (!before || latest.at - before.at > surgeMs) break
    const recent = (latest.at - before.at) / 1000
    if (recent >= seconds) break
    const likelier = logRatio(count, recent, all - count, seconds - recent)
    if (likelier <= most) continue
    most = likelier
    found = { rate: count / recent, change: count / recent > all / seconds ? 'surge' : 'lull' }
  }
  return found
}

/** Of two counts having a rate each over one rate for both. */
function logRatio(a: number, aSeconds: number, b: number, bSeconds: number): number {
  const both = (a + b) / (aSeconds + bSeconds)
  const part = (count: number, seconds: number) =>
    count === 0 ? 0 : count * Math.log(count / (both * seconds))
  return part(a, aSeconds) + part(b, bSeconds)
}
