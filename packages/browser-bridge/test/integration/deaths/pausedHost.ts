// A host in a process of its own, for tests that pause it: a stage whose two pages are kept at work. Says `ready`; told
// `block MS` it blocks its own loop, told `report` it says what has happened, after a few silences more.
// Argument: the found browser as JSON.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FoundBrowser } from '../../../src/index.ts'
import { cube } from './cube.ts'
import { Stage, silentMs } from './Stage.ts'

/** What a paused host saw. */
export interface PauseReport {
  readonly downs: readonly string[]
  readonly recoveries: readonly string[]
  readonly failures: readonly string[]
  readonly answers: number
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

await using rig = new AsyncDisposableStack()
const stage = await Stage.start(rig, JSON.parse(process.argv[2] ?? '') as FoundBrowser)
const lanes = await stage.whole()
let answers = 0
let over = false
const failures: string[] = []
const callers = Object.values(lanes).map(async lane => {
  while (!over) {
    await lane.run('cube', cube(16), { deadlineMs: 120_000 }).then(
      () => {
        answers += 1
      },
      error => {
        failures.push(String(error))
        over = true
      },
    )
    await sleep(20)
  }
})
say('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [order, ms] = line.split(' ')
  if (order === 'block') {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms))
    say('blocked')
  } else if (order === 'report') {
    const before = answers
    // Whoever was wrongly suspected is found dead by now.
    await sleep(3 * silentMs)
    over = true
    await Promise.all(callers)
    const report: PauseReport = {
      downs: stage.downs.map(({ id, reason }) => `${id}: ${reason}`),
      recoveries: stage.recoveries.map(({ subject, rung, why }) => `${subject}: ${why}, ${rung}`),
      failures,
      answers: answers - before,
    }
    say(JSON.stringify(report))
    break
  }
}
