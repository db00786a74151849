// A host that is killed with SIGKILL leaves its browser; the next start ends it, and touches nobody else's.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Effect } from 'effect'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FoundBrowser, type LaunchOptions, launch, reapOrphans } from '../../src/index.ts'
import { isAlive, listProcesses } from '../../src/node/browsers/processTable.ts'
import { membersOf } from '../../src/node/browsers/processTree.ts'
import { installed, titleOf } from '../rig/installed.ts'
import { Rig, until } from '../rig/Rig.ts'

const firefox = installed.find(one => one.kind === 'firefox')
const kinds: readonly { name: string; browser: FoundBrowser | undefined; options: LaunchOptions }[] = [
  { name: 'Chromium', browser: installed.find(one => one.kind === 'chromium'), options: {} },
  { name: 'Firefox', browser: firefox, options: {} },
  { name: 'Firefox without a driver', browser: firefox, options: { driver: 'plain' } },
]
const hostScript = fileURLToPath(new URL('../rig/hostProcess.ts', import.meta.url))

let profiles = ''
beforeEach(async () => {
  profiles = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
})
afterEach(() => rm(profiles, { recursive: true, force: true }))

interface OtherHost {
  readonly process: ChildProcess
  readonly browserPid: number
}

/** Another host in a process of its own, with a browser that runs. */
const otherHost = async (browser: FoundBrowser, options: LaunchOptions): Promise<OtherHost> => {
  const child = spawn(process.execPath, [hostScript, JSON.stringify(browser), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout?.on('data', chunk => {
    said += String(chunk)
  })
  const pid = await until(() => /^browser (\d+)$/m.exec(said)?.[1])
  return { process: child, browserPid: Number(pid) }
}

const ended = async (child: ChildProcess, by: NodeJS.Signals): Promise<void> => {
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(by)
  await gone
}

for (const { name, browser, options: chosen } of kinds)
  describe.skipIf(browser === undefined)(titleOf(name, browser), () => {
    if (browser === undefined) return
    const options = (): LaunchOptions => ({ ...chosen, profilesDir: profiles })

    it('of a killed host is ended with its whole tree and its profile; that of a living host is not, which leaves nothing when it ends by itself', async () => {
      await using rig = new Rig()
      const [own, living, doomed] = await Promise.all([
        rig.run(launch(browser, options())),
        otherHost(browser, options()),
        otherHost(browser, options()),
      ])
      const ownFiles = [path.basename(own.profile ?? ''), `${path.basename(own.profile ?? '')}.json`]
      const tree = membersOf(doomed.browserPid, await listProcesses()).map(info => info.pid)
      const before = await readdir(profiles)
      await ended(doomed.process, 'SIGKILL')

      const reaped = await Effect.runPromise(reapOrphans(profiles))

      expect(reaped.removed).toHaveLength(1)
      await until(() => !tree.some(isAlive))
      expect(isAlive(own.pid ?? 0)).toBe(true)
      expect(isAlive(living.browserPid)).toBe(true)
      expect(await readdir(profiles)).toHaveLength(before.length - 2)
      expect(await Effect.runPromise(reapOrphans(profiles))).toEqual({ killed: [], removed: [] })

      // The script takes SIGTERM as the word for an uncaught exception.
      await ended(living.process, 'SIGTERM')
      await until(() => !isAlive(living.browserPid))
      expect((await readdir(profiles)).sort()).toEqual(ownFiles.sort())
    })
  })
