// `shoal doctor`: each browser found here is started, its page asked what really works, and that is printed.
// It says nothing that was not tried just now.

import type { BrowserChoice } from '@shoal/pool'
import { examine } from '../doctor/examine.ts'
import { examineMachine } from '../doctor/machineReport.ts'
import { render } from '../doctor/render.ts'
import { Steps } from '../doctor/Steps.ts'
import { interruptible } from '../interrupt.ts'
import { Progress } from '../output/Progress.ts'

export interface DoctorOptions {
  readonly browsers?: readonly BrowserChoice[]
  readonly cache?: string
  readonly json: boolean
}

export async function doctor(options: DoctorOptions): Promise<number> {
  const progress = new Progress()
  using steps = new Steps(progress)
  steps.begin('looking at this machine and its browsers')
  steps.now('machine')
  const [machine, browsers] = await interruptible(async signal => {
    const machine = await examineMachine()
    signal.throwIfAborted()
    return [machine, await examine(options, steps, signal)] as const
  })
  steps.end()
  const text = options.json ? JSON.stringify({ machine, browsers }, null, 2) : render(machine, browsers)
  process.stdout.write(`${text}\n`)
  return browsers.some(report => report.state === 'works') ? 0 : 2
}
