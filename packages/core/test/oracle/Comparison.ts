// Runs scripts on both sides and collects where they differ.

import { CoreRun } from './CoreRun.ts'
import { Coverage } from './Coverage.ts'
import { runOnOtp } from './Otp.ts'
import type { Script } from './Script.ts'
import { type Divergence, divergence, type Trace } from './Trace.ts'

export interface ScriptDivergence extends Divergence {
  readonly script: Script
}

export interface Outcome {
  readonly divergences: readonly ScriptDivergence[]
  readonly coverage: Coverage
  readonly steps: number
  /** What OTP did, by the index of the script. */
  readonly otp: ReadonlyMap<number, Trace>
}

/** So many scripts for each virtual machine of Erlang. */
const batch = 1000

export async function compare(
  erl: string,
  scripts: readonly Script[],
  onProgress: (done: number) => void = () => {},
): Promise<Outcome> {
  const coverage = new Coverage()
  const divergences: ScriptDivergence[] = []
  const otp = new Map<number, Trace>()
  const batches = Array.from({ length: Math.ceil(scripts.length / batch) }, (_, at) =>
    scripts.slice(at * batch, (at + 1) * batch),
  )
  let [steps, done] = [0, 0]
  let next = runOnOtp(erl, batches[0] ?? [])
  for (const [at, some] of batches.entries()) {
    const traces = await next
    // OTP waits more than it works: core runs meanwhile.
    next = runOnOtp(erl, batches[at + 1] ?? [])
    for (const [index, trace] of traces) otp.set(index, trace)
    for (const script of some) {
      const run = new CoreRun(script)
      const found = divergence(traces.get(script.index) ?? [], await run.run())
      steps += script.steps.length
      if (found === undefined) coverage.add(script, run.ends)
      else divergences.push({ script, ...found })
    }
    done += some.length
    onProgress(done)
  }
  return { divergences, coverage, steps, otp }
}

/** The first script in which core, as it is now, does something else than OTP did. */
export async function firstDivergence(
  scripts: readonly Script[],
  otp: ReadonlyMap<number, Trace>,
): Promise<ScriptDivergence | undefined> {
  for (const script of scripts) {
    const found = divergence(otp.get(script.index) ?? [], await new CoreRun(script).run())
    if (found !== undefined) return { script, ...found }
  }
  return undefined
}
