// A host in a process of its own (pausedHost.ts), seen from the process that pauses it.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FoundBrowser } from '../../../src/index.ts'
import type { PauseReport } from './pausedHost.ts'

const script = fileURLToPath(new URL('pausedHost.ts', import.meta.url))

export class OtherHost implements AsyncDisposable {
  readonly process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(found: FoundBrowser) {
    this.process = spawn(process.execPath, [script, JSON.stringify(found)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (this.process.stdout === null) throw new Error('it has no output')
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  async says(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the other host ended')
    return value
  }

  tell(line: string): void {
    this.process.stdin?.write(`${line}\n`)
  }

  /** Stopped by a signal for so long: it runs no more than a machine that sleeps. */
  async stop(ms: number): Promise<void> {
    this.process.kill('SIGSTOP')
    await sleep(ms)
    this.process.kill('SIGCONT')
  }

  async report(): Promise<PauseReport> {
    this.tell('report')
    return JSON.parse(await this.says()) as PauseReport
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = new Promise(resolve => this.process.once('exit', resolve))
    this.process.kill('SIGCONT')
    this.process.stdin?.end()
    await gone
  }
}
