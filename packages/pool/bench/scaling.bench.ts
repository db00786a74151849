// The scaler beside other autoscalers, simulated: the pool's own decisions and each rival's whole sweep of knobs on the
// same arrivals, the same machine and the same start-ups. Where it is asked for (`--only step`, `--only bursts`, ten minutes
// each), short traces on real browsers beside what the simulator says of them.

import type { Bench, Row } from '@shoal/tools/bench'
import { dominates, type Point } from './scaling/compare.ts'
import { realRows } from './scaling/real/rows.ts'
import { rivalP95, runAll, seeds, type TraceRuns } from './scaling/runs.ts'
import { limitMs } from './scaling/simulate.ts'

export const bench: Bench = {
  name: 'scaling',
  description: `the scaler simulated beside Knative's KPA, Ray Serve, a threshold rule (0.7 / 0.3) and fixed sizes`,
  parts: {
    simulated: 'all policies on all traces, in virtual time',
    step: 'six policies on real browsers, six times 11 s each of a load that rises and falls; only where it is named',
    bursts: 'the same with two bursts; only where it is named',
  },
  async run(context) {
    const real = context.only === undefined ? [] : await realRows(context, context.only)
    if (context.only?.has('simulated') === false) return real
    const runs = runAll(
      line => context.progress(line),
      line => context.progress(line),
    )
    return [...runs.flatMap(rowsOf), ...summary(runs), ...real]
  },
}

function rowsOf(run: TraceRuns): Row[] {
  return run.ours.flatMap((point, at) => {
    const beside = rivalP95(run, point)
    const better = run.rivals.filter(rival => dominates(rival.outcome, point.outcome))
    const { p95WaitMs, late, browserSeconds, reversals } = point.outcome
    const name = `${run.name}, ${point.knobs}${at === 0 ? ' (default)' : ''}`
    const lateInWords = `${(late * 100).toFixed(2)} % over ${limitMs / 1000} s`
    return {
      name: `${name}: p95 wait; ${lateInWords}, ${browserSeconds.toFixed(0)} browser-s, ${reversals.toFixed(0)} reversals`,
      value: p95WaitMs,
      unit: 'ms',
      ...(beside === undefined
        ? { beside: 'no rival is as cheap' }
        : {
            beside: 'the rivals’ best at equal cost',
            besideValue: beside,
            ...(beside > 0 ? { ratio: p95WaitMs / beside } : {}),
          }),
      n: run.requests,
      ...(at === 0
        ? {
            aim: `no rival’s point dominates${better.length > 0 ? `; ${better.map(nameOf).join(', ')} does` : ''}`,
            met: better.length === 0,
          }
        : {}),
    }
  })
}

function summary(runs: readonly TraceRuns[]): Row[] {
  const undominated = runs.filter(({ ours: [point], rivals }) =>
    point ? !rivals.some(rival => dominates(rival.outcome, point.outcome)) : false,
  )
  const lower = runs.filter(run => {
    const [point] = run.ours
    return point !== undefined && (rivalP95(run, point) ?? Number.POSITIVE_INFINITY) > point.outcome.p95WaitMs
  })
  const n = runs.reduce((sum, { requests }) => sum + requests, 0)
  return [
    {
      name: `traces on which none of ${runs[0]?.rivals.length ?? 0} rivals’ points dominates the default (simulated, seeds ${seeds.join(', ')})`,
      value: undominated.length,
      unit: `of ${runs.length}`,
      n,
      aim: 'all',
      met: undominated.length === runs.length,
    },
    {
      name: 'traces on which its p95 wait is lower at equal cost',
      value: lower.length,
      unit: `of ${runs.length}`,
      n,
      aim: 'most',
      met: lower.length > runs.length / 2,
    },
  ]
}

function nameOf({ family, knobs }: Point): string {
  return `${family} (${knobs})`
}
