// What the doctor is at, for whoever waits: each task is said once, its phases are shown with their seconds as they
// pass, and at its end it is said how long each took. Not the report, which is standard output's.

import type { Progress } from '../output/Progress.ts'

/** On a terminal the seconds run; elsewhere a long phase is said again now and then. */
const tickMs = 1_000
const saidEveryMs = 5_000

interface Phase {
  readonly name: string
  readonly since: number
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

export class Steps implements Disposable {
  readonly #progress: Progress
  readonly #timer: NodeJS.Timeout
  #took: string[] = []
  #phase: Phase | undefined
  #saidAt = 0

  constructor(progress: Progress) {
    this.#progress = progress
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#timer.unref()
  }

  /** A task that consists of phases. */
  begin(task: string): void {
    this.end()
    this.#progress.say(`${task} …`)
  }

  now(phase: string): void {
    this.#close()
    const since = performance.now()
    this.#phase = { name: phase, since }
    this.#saidAt = since
    this.#progress.show(`  ${phase} …`)
  }

  /** Says how long each phase of the task took. */
  end(): void {
    this.#close()
    if (this.#took.length > 0) this.#progress.say(`  ${this.#took.join(', ')}`)
    this.#took = []
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#progress.end()
  }

  #close(): void {
    const phase = this.#phase
    this.#phase = undefined
    if (phase !== undefined) this.#took.push(`${phase.name} ${seconds(performance.now() - phase.since)}`)
  }

  #tick(): void {
    if (this.#phase === undefined) return
    const { name, since } = this.#phase
    const now = performance.now()
    const line = `  ${name} … ${Math.round((now - since) / 1000)} s`
    this.#progress.show(line)
    if (this.#progress.isLive || now - this.#saidAt < saidEveryMs) return
    this.#saidAt = now
    this.#progress.say(line)
  }
}
