// A host in a process of its own, for who pauses it: a stage whose two pages are kept at work. Says `ready`; told
// `go on` it says so after a silence in which both pages have answered; told `block MS` it blocks its own loop; told
// `report` it says what has happened, after two silences more. Argument: the found browser as JSON.
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
  /** Since it was told to report. */
  readonly answers: number
  /** The longest time that its own loop stood still. */
  readonly pausedMs: number
  /** From the end of that until the next answer of a page. */
  readonly nextAnswerMs: number | undefined
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

await using rig = new AsyncDisposableStack()
const stage = await Stage.start(rig, JSON.parse(process.argv[2] ?? '') as FoundBrowser)
const lanes = await stage.whole()
let answers = 0
let over = false
let longest = { forMs: 0, until: 0, nextAnswerAt: undefined as number | undefined }
let tickedAt = performance.now()
const tick = setInterval(() => {
  const now = performance.now()
  if (now - tickedAt > longest.forMs) longest = { forMs: now - tickedAt, until: now, nextAnswerAt: undefined }
  tickedAt = now
}, 5)
const failures: string[] = []
const callers = Object.values(lanes).map(async lane => {
  while (!over) {
    await lane.run('cube', cube(16), { deadlineMs: 120_000 }).then(
      () => {
        answers += 1
        longest.nextAnswerAt ??= performance.now()
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
  if (order === 'go') {
    await sleep(silentMs)
    const before = answers
    while (answers < before + 2) await sleep(20)
    say('goes on')
  } else if (order === 'block') {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms))
    say('blocked')
  } else if (order === 'report') {
    const before = answers
    // Whoever was wrongly suspected is found dead by now.
    await sleep(2 * silentMs)
    over = true
    await Promise.all(callers)
    clearInterval(tick)
    const { forMs, until, nextAnswerAt } = longest
    const report: PauseReport = {
      downs: stage.downs.map(({ id, reason }) => `${id}: ${reason}`),
      recoveries: stage.recoveries.map(({ subject, rung, why }) => `${subject}: ${why}, ${rung}`),
      failures,
      answers: answers - before,
      pausedMs: forMs,
      nextAnswerMs: nextAnswerAt === undefined ? undefined : nextAnswerAt - until,
    }
    say(JSON.stringify(report))
    break
  }
}
