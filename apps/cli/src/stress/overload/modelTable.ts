// What an overload did to each model, as a table: the same on a terminal and on a page. Pure.

import { ms } from '../../output/table.ts'
import type { OverloadReport } from './OverloadReport.ts'

export const modelHead = ['model', 'alone p50 ms', 'answered', 'p50 ms', 'p95 ms', 'greatest ms', 'bound ms']

/** In the order of `modelHead`. */
export function modelRows({ rows }: OverloadReport) {
  return rows.map(row => [
    row.model,
    ms(row.calmMs),
    row.answered,
    ms(row.p50Ms),
    ms(row.p95Ms),
    ms(row.greatestMs),
    ms(row.boundMs),
  ])
}
