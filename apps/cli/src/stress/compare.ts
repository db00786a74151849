// Whether one report is worse than an earlier one, and by how much it matters. Pure. The thresholds are those that the
// field's own regression checks use; what is within them may be chance. That the two are of one load others see to.

import type { StressReport } from './report.ts'

export type Severity = 'medium' | 'high'

export interface Regression {
  readonly figure: string
  readonly before: number
  readonly now: number
  /** Relative change: −0.2 is a fifth less. Of a share it is the difference: 0.02 is two points more. */
  readonly change: number
  readonly severity: Severity
}

interface Rule {
  readonly figure: string
  /** A share is compared by its difference: of none a relative change says nothing. */
  readonly by: 'ratio' | 'difference'
  readonly of: (report: StressReport) => number
  /** 1: more is worse; −1: less is worse. */
  readonly worse: 1 | -1
  readonly medium: number
  readonly high: number
}

const rules: readonly Rule[] = [
  {
    figure: 'answers each second',
    by: 'ratio',
    of: report => report.perSecond,
    worse: -1,
    medium: 0.15,
    high: 0.25,
  },
  { figure: 'latency p50', by: 'ratio', of: report => report.p50Ms, worse: 1, medium: 0.2, high: 0.35 },
  { figure: 'latency p95', by: 'ratio', of: report => report.p95Ms, worse: 1, medium: 0.2, high: 0.35 },
  {
    figure: 'memory of the host',
    by: 'ratio',
    of: report => report.hostBytes,
    worse: 1,
    medium: 0.25,
    high: 0.5,
  },
  {
    figure: 'share that was not answered',
    by: 'difference',
    of: ({ accepted, answered, refused }) => 1 - answered / (accepted + refused),
    worse: 1,
    medium: 0.01,
    high: 0.05,
  },
]

/** What got worse beyond its threshold; what cannot be compared (nothing answered) is no regression here. */
export function compareReports(before: StressReport, now: StressReport): readonly Regression[] {
  return rules.flatMap(({ figure, by, of, worse, medium, high }) => {
    const [was, is] = [of(before), of(now)]
    const change = by === 'ratio' ? (is - was) / was : is - was
    if (!Number.isFinite(change) || change * worse < medium) return []
    const severity: Severity = change * worse >= high ? 'high' : 'medium'
    return { figure, before: was, now: is, change, severity }
  })
}
