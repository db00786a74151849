// The host itself stands still: stopped by a signal, or busy in its own loop. Afterwards everybody seems to have been
// silent for long, and nobody may be found dead.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { FoundBrowser } from '../../../src/index.ts'
import { kinds } from '../../rig/openPage.ts'
import type { PauseReport } from './pausedHost.ts'
import { silentMs } from './Stage.ts'

const script = fileURLToPath(new URL('pausedHost.ts', import.meta.url))
const long = process.env['CI'] !== undefined || process.env['SHOAL_LONG'] === '1'

class OtherHost implements AsyncDisposable {
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

const stopped = async (host: OtherHost, ms: number): Promise<void> => {
  host.process.kill('SIGSTOP')
  await sleep(ms)
  host.process.kill('SIGCONT')
}

const nobodyDied = (report: PauseReport): void => {
  expect(report).toMatchObject({ downs: [], recoveries: [], failures: [] })
  expect(report.answers).toBeGreaterThan(0)
}

for (const { title, found } of kinds)
  describe.skipIf(found === undefined || process.platform !== 'linux')(`A host with ${title}`, () => {
    if (found === undefined) return

    it('that was stopped for three silences, and then was busy for two, finds nobody dead', async () => {
      await using host = new OtherHost(found)
      expect(await host.says()).toBe('ready')
      await stopped(host, 3 * silentMs)
      await sleep(silentMs)
      host.tell(`block ${2 * silentMs}`)
      expect(await host.says()).toBe('blocked')
      nobodyDied(await host.report())
    })

    it.skipIf(!long)(
      `that was stopped for 20 s finds nobody dead${long ? '' : ' (skipped: set SHOAL_LONG=1)'}`,
      async () => {
        await using host = new OtherHost(found)
        expect(await host.says()).toBe('ready')
        await stopped(host, 20_000)
        nobodyDied(await host.report())
      },
    )
  })
