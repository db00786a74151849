// `shoal stress --overload`: many times what the pool can do, on real browsers, and whether its rules hold. It arranges.

import { writeFile } from 'node:fs/promises'
import { interruptible } from '../interrupt.ts'
import { expectWritable } from '../output/OutputUnwritable.ts'
import { Progress } from '../output/Progress.ts'
import { LoadedPool, type LoadedPoolOptions } from '../proof/LoadedPool.ts'
import { overloadHtml } from '../stress/overload/html.ts'
import { measureOverload } from '../stress/overload/measureOverload.ts'
import { overloadReport } from '../stress/overload/OverloadReport.ts'
import { overloadText } from '../stress/overload/text.ts'

/** With a queue that is worked off within seconds: how long it may be is the pool's user's to say. */
const overloadQueue = 32

export interface OverloadChoice extends LoadedPoolOptions {
  /** Seconds. */
  readonly duration: number
  readonly deadline: number
  readonly seed: number
  readonly html?: string
  readonly json: boolean
}

export async function overload(options: OverloadChoice, times: number): Promise<number> {
  if (options.html !== undefined) await expectWritable('--html', options.html)
  const progress = new Progress()
  const maxQueue = options.maxQueue ?? overloadQueue
  const { tally, facts } = await interruptible(async signal => {
    // What the pool can do is to be one number, so it is given all its connections at once.
    const all = { minConnections: options.maxConnections, adaptiveScaling: false, maxQueue }
    await using loaded = await LoadedPool.start({ ...options, ...all }, 'numbered', progress, signal)
    return await measureOverload(
      loaded,
      {
        times,
        maxQueue,
        durationMs: options.duration * 1000,
        concurrency: 4 * options.maxConnections,
        deadlineMs: options.deadline * 1000,
        seed: options.seed,
      },
      progress,
      signal,
    )
  })
  const report = overloadReport(tally, facts)
  if (options.html !== undefined) await writeFile(options.html, overloadHtml(report, tally))
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : overloadText(report)}\n`)
  return report.ok ? 0 : 1
}
