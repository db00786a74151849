// How much work there is: connections kept busy by what arrives, by Little's law (Little 1961: work in the system =
// arrival rate × time in service), and what waits beyond that. Pure. How many connections it takes is staffing.ts's.

import type { Sample } from './Sample.ts'
import type { ScalingRules } from './ScalingPolicy.ts'

export interface Demand {
  /** Arrivals a second, over the window or, where the load has changed, since then. */
  readonly rate: number
  readonly change: 'none' | 'surge' | 'lull'
  /**
   * Mean milliseconds that a lane is busy with a request, while no connection was on its way where there was such a time:
   * a start-up slows what runs beside it, and must not be taken for demand. Undefined before one was answered.
   */
  readonly serviceMs: number | undefined
  /** Lanes that were busy on the mean, beside which `serviceMs` was measured. */
  readonly beside: number
  /** Lanes that were busy on the mean of the whole window. */
  readonly busy: number
  /** Requests in the pool now. */
  readonly present: number
  /** Those beyond one for each connection: some of them may be on a lane, behind another. */
  readonly waiting: number
}

/** @param samples oldest first; none older than the window */
export function demandOf(samples: readonly Sample[], rules: Pick<ScalingRules, 'surgeMs'>): Demand {
  const latest = samples.at(-1)
  if (!latest) return nothing
  const calm = samples.filter(({ started, ready }) => started <= ready)
  const telling = calm.some(({ served }) => served > 0) ? calm : samples
  const served = telling.reduce((sum, sample) => sum + sample.served, 0)
  const servedMs = telling.reduce((sum, sample) => sum + sample.servedMs, 0)
  return {
    ...rateOf(samples, rules.surgeMs),
    serviceMs: served > 0 ? servedMs / served : undefined,
    beside: busyLanesOf(telling),
    busy: busyLanesOf(samples),
    present: latest.running + latest.waiting,
    waiting: Math.max(0, latest.running + latest.waiting - latest.ready),
  }
}

const nothing: Demand = {
  rate: 0,
  change: 'none',
  serviceMs: undefined,
  beside: 0,
  busy: 0,
  present: 0,
  waiting: 0,
}

/** On the mean. */
function busyLanesOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { running, ready }) => sum + Math.min(running, ready), 0) / samples.length
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
    const mean = (all * recent) / seconds
    found = { rate: towards(mean, count) / recent, change: count > mean ? 'surge' : 'lull' }
  }
  return found
}

/**
 * The count that is one standard error of a Poisson count nearer to what was expected, and never beyond it. The end of the
 * window that says most says too much, and few arrivals after silence would be any rate. On the scale of square roots a
 * standard error is 1/2, whatever the count (Bartlett 1936).
 */
function towards(expected: number, count: number): number {
  const nearer = (Math.sqrt(count) + (count > expected ? -0.5 : 0.5)) ** 2
  return count > expected ? Math.max(expected, nearer) : Math.min(expected, nearer)
}

/** Of two counts having a rate each over one rate for both. */
function logRatio(a: number, aSeconds: number, b: number, bSeconds: number): number {
  const both = (a + b) / (aSeconds + bSeconds)
  const part = (count: number, seconds: number) =>
    count === 0 ? 0 : count * Math.log(count / (both * seconds))
  return part(a, aSeconds) + part(b, bSeconds)
}
