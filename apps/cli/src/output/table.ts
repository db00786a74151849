// A table for the terminal. Data in, text out; it knows nothing of what the columns mean.

import Table from 'cli-table3'

/** @param rows each as long as `head`; numbers are aligned right */
export function tableOf(
  head: readonly string[],
  rows: ReadonlyArray<ReadonlyArray<string | number>>,
): string {
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every(row => typeof row[column] === 'number'),
  )
  const table = new Table({
    head: [...head],
    colAligns: numeric.map(right => (right ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push(row.map(String))
  return table.toString()
}

/** Milliseconds with one digit after the point, or a dash where nothing was measured. */
export function ms(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(1)
}
