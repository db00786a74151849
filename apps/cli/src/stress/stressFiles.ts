// What the options of a load say of its shape, and of the report to compare with: read from disk, or refused.

import { readFile } from 'node:fs/promises'
import { InputUnreadable } from '../input/InputUnreadable.ts'
import { poissonArrivals, traceArrivals } from './arrivals.ts'
import { type Conditions, differences } from './conditions.ts'
import type { Shape } from './load.ts'
import type { StressReport } from './report.ts'

export interface LoadChoice {
  /** Seconds. */
  readonly duration: number
  readonly concurrency: number
  /** Requests each second; an open load where it is given. */
  readonly rate?: number
  /** A file of arrivals. */
  readonly trace?: string
  readonly seed: number
}

/** Fails with InputUnreadable. */
export async function shapeOf(options: LoadChoice): Promise<Shape> {
  const durationMs = options.duration * 1000
  if (options.trace !== undefined) {
    const most = options.rate === undefined ? undefined : Math.ceil(options.rate * options.duration)
    const arrivals = traceArrivals(await readText(options.trace), durationMs, most)
    if (arrivals.length > 0) return { _tag: 'open', arrivals }
    throw new InputUnreadable({
      input: options.trace,
      message: `--trace ${options.trace}: no line begins with a time; give a CSV file whose first column, below a header, is a timestamp.`,
    })
  }
  return options.rate === undefined
    ? { _tag: 'closed', concurrency: options.concurrency, durationMs }
    : { _tag: 'open', arrivals: poissonArrivals(options.rate, durationMs, options.seed) }
}

/** Fails with InputUnreadable. */
export async function readReport(file: string): Promise<StressReport> {
  const text = await readText(file)
  try {
    const report: unknown = JSON.parse(text)
    if (typeof report === 'object' && report !== null && 'perSecond' in report && 'conditions' in report)
      return report as StressReport
  } catch {
    // Said below: it is no report either way.
  }
  throw new InputUnreadable({
    input: file,
    message: `--compare ${file}: this is no report of this version’s shoal stress; make one with --json > report.json.`,
  })
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new InputUnreadable({
      input: file,
      message: `${file} cannot be read (${cause instanceof Error ? cause.message : String(cause)}); name a file that is there.`,
    })
  }
}

/**
 * Fails with InputUnreadable where a report is of another load than this one.
 * @param file that it was read from
 */
export function expectAlike(file: string, before: Partial<Conditions>, now: Conditions): void {
  const unlike = differences(before, now)
  if (unlike.length === 0) return
  throw new InputUnreadable({
    input: file,
    message: `--compare ${file} was another load (${unlike.join('; ')}); run the same one.`,
  })
}
