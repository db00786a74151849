// An answer for people, and for programs. Tensors are summarised for people and given whole as JSON.

import type { RunAnswer, Tensor } from '@shoal/pool'
import { ms } from './table.ts'

const shownValues = 8

export function answerText({ output, json, timing, placement }: RunAnswer): string {
  const lines = Object.entries(output).map(([name, tensor]) => `${name} ${tensorText(tensor)}`)
  if (json !== undefined) lines.push(JSON.stringify(json, null, 2))
  lines.push(
    `${placement.browser} ${placement.browserVersion} · ${placement.backend}${placement.adapter === 'none' ? '' : ` (${placement.adapter} adapter)`} · ${placement.threads} thread${placement.threads === 1 ? '' : 's'} · compute ${ms(timing.computeMs)} ms · total ${ms(timing.totalMs)} ms`,
  )
  return lines.join('\n')
}

export function answerJson({ output, json, timing, placement }: RunAnswer): Record<string, unknown> {
  return {
    output: Object.fromEntries(Object.entries(output).map(([name, tensor]) => [name, tensorJson(tensor)])),
    ...(json === undefined ? {} : { json }),
    timing,
    placement,
  }
}

function tensorText({ dtype, dims, data }: Tensor): string {
  const shown = Array.from({ length: Math.min(shownValues, data.length) }, (_, at) => format(data[at]))
  const rest = data.length > shownValues ? ` … ${data.length - shownValues} more` : ''
  return `${dtype} [${dims.join(', ')}] ${shown.join(' ')}${rest}`
}

function tensorJson({ dtype, dims, data }: Tensor): Record<string, unknown> {
  return {
    dtype,
    dims,
    data: Array.from(data as ArrayLike<unknown>, value =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  }
}

function format(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(5) : String(value)
}
