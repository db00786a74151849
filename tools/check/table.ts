// How the result of a check is printed: one row, and under it what was found.
import type { CheckResult } from './Check.ts'

const most = 40

export function resultLines({ name, problems, warnings, ms }: CheckResult): readonly string[] {
  const verdict = problems.length > 0 ? `${problems.length} found` : 'ok'
  const aside = warnings.length > 0 ? `, ${warnings.length} to look at` : ''
  const row = `${problems.length > 0 ? '✗' : '✓'} ${name.padEnd(26)} ${(ms / 1000).toFixed(1).padStart(5)} s  ${verdict}${aside}`
  return [row, ...shortened(problems, '    '), ...shortened(warnings, '    note: ')]
}

function shortened(lines: readonly string[], indent: string): readonly string[] {
  const shown = lines.slice(0, most).map(line => `${indent}${line}`)
  return lines.length > most ? [...shown, `${indent}… and ${lines.length - most} more`] : shown
}
