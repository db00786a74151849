// What a run of benches found, as the JSON document that programs read and the table that people do.
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import type { Row } from './Bench.ts'

/** Where a row has no value, null stands. */
export interface BenchReport {
  readonly bench: string
  readonly machine: string
  readonly commit: string
  readonly rows: readonly {
    readonly name: string
    readonly value: number | null
    readonly unit: string
    readonly beside: string | null
    readonly besideValue: number | null
    readonly ratio: number | null
    readonly n: number
    /** The middle half of the samples. */
    readonly spread: readonly [low: number | null, high: number | null] | null
    readonly aim: string | null
    readonly met: boolean | null
  }[]
}

export function benchReport(
  bench: string,
  rows: readonly Row[],
  about: { machine: string; commit: string },
): BenchReport {
  return {
    bench,
    ...about,
    rows: rows.map(({ name, value, unit, beside, besideValue, ratio, n, spread, aim, met }) => ({
      name,
      value: finite(value),
      unit,
      beside: beside ?? null,
      besideValue: finite(besideValue),
      ratio: finite(ratio),
      n,
      spread: spread === undefined ? null : ([finite(spread[0]), finite(spread[1])] as const),
      aim: aim ?? null,
      met: met ?? null,
    })),
  }
}

/** JSON has no NaN. */
const finite = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value

export function benchTable(rows: readonly Row[]): readonly string[] {
  const header = ['', 'median', 'middle half', 'beside', '', 'ratio', 'n', 'aim']
  const lines = rows.map(row => [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    row.spread === undefined ? '' : `${figure(row.spread[0])} – ${figure(row.spread[1])}`,
    row.besideValue === undefined ? '' : `${figure(row.besideValue)} ${row.unit}`,
    row.beside ?? '',
    row.ratio === undefined ? '' : `× ${figure(row.ratio)}`,
    String(row.n),
    aimOf(row),
  ])
  const table = [header, ...lines]
  const widths = header.map((_, column) => Math.max(...table.map(line => line[column]?.length ?? 0)))
  return table.map(line =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** An aim that a row does not judge, since it was not measured here, is shown as it is. */
function aimOf({ aim, met }: Row): string {
  if (aim === undefined) return ''
  return met === undefined ? aim : `${met ? 'met' : 'NOT met'}: ${aim}`
}

/** Three digits that count, and no exponent where a person would write none. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  return Number(value.toPrecision(3)).toString()
}

export function describeMachine(): string {
  const all = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const { platform, arch, version } = process
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, ${platform} ${release()} ${arch}, Node ${version.slice(1)}`
}

/** The commit, with `-dirty` after it when what was measured is not it. */
export function describeCommit(root: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '-dirty')
  } catch {
    return 'unknown'
  }
}
