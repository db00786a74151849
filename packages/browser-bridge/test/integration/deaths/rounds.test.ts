// A browser is launched and ended, again and again, by every way in which one ends: nothing of it is left, in the system
// and in this process.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Effect, Exit, Scope } from 'effect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type FoundBrowser, launch } from '../../../src/index.ts'
import type { LaunchOptions } from '../../../src/node/browsers/LaunchOptions.ts'
import { isLong, isPatient, noTimeFor } from '../../rig/patience.ts'
import { until } from '../../rig/Rig.ts'
import { Census } from './roundsCensus.ts'
import { launchWays } from './roundsWays.ts'

type End = (browser: Browser, scope: Scope.Closeable) => Promise<unknown>
const close: End = (_browser, scope) => Effect.runPromise(Scope.close(scope, Exit.void))
const kill =
  (signal: NodeJS.Signals): End =>
  async (browser, scope) => {
    process.kill(browser.pid ?? 0, signal)
    await browser.exited
    await close(browser, scope)
  }
const ends: readonly End[] = [kill('SIGKILL'), close, kill('SIGTERM')]

let profilesDir = ''
let census: Census
beforeAll(async () => {
  profilesDir = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
  census = new Census(profilesDir)
})
afterAll(() => rm(profilesDir, { recursive: true, force: true }))

const round = async (found: FoundBrowser, options: LaunchOptions, at: number): Promise<void> => {
  const scope = Scope.makeUnsafe()
  const browser = await Effect.runPromise(Scope.provide(launch(found, { ...options, profilesDir }), scope))
  await Effect.runPromise(browser.openPage('about:blank'))
  // More than the one that names its profile.
  expect((await census.take()).length).toBeGreaterThan(1)
  await ends[at % ends.length]?.(browser, scope)
}

/** What this process holds open: files and sockets, and whatever would keep it alive, by kind. */
const held = async () => {
  const kindsOf: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) {
    // Timers and immediates come and go with the test runner itself.
    if (kind !== 'Timeout' && kind !== 'Immediate') kindsOf[kind] = (kindsOf[kind] ?? 0) + 1
  }
  return { descriptors: (await readdir('/proc/self/fd')).length, ...kindsOf }
}

/** The same, once it stands still: a pipe's end is closed a moment after its process. */
const heldAtRest = async () => {
  let last = await held()
  await until(async () => {
    await sleep(100)
    const now = await held()
    const isSame = JSON.stringify(now) === JSON.stringify(last)
    last = now
    return isSame
  })
  return last
}

for (const { title, found, options } of launchWays)
  describe.skipIf(found === undefined || process.platform !== 'linux')(`Of ${title}`, () => {
    if (found === undefined) return

    const rounds = async (count: number): Promise<void> => {
      // The first round of each end loads the driver, which keeps what it needs once. They may be beside each other.
      await Promise.all(ends.map((_, at) => round(found, options, at)))
      const before = await heldAtRest()
      // Beside each other: most of a launch is waiting, and each leaves nothing while another one is there.
      let next = ends.length
      const series = async (): Promise<void> => {
        while (next < count) await round(found, options, next++)
      }
      await Promise.all(ends.map(series))
      expect(await census.left()).toEqual([])
      expect(await readdir(profilesDir)).toEqual([])
      let after = await held()
      const more = () =>
        Object.entries(after).filter(([kind, count]) => count > (before[kind as keyof typeof before] ?? 0))
      // A pipe's end is closed a moment after its process.
      await until(async () => {
        after = await held()
        return more().length === 0
      }, 10_000).catch(() => undefined)
      expect(more()).toEqual([])
    }

    // Each end twice where there is little time, each with another one beside it. A Firefox that is driven takes longest:
    // what it leaves in the system is also the table of deaths' and the reaping's.
    const few = options.driver === 'plain' || !isPatient ? 6 : 10
    const reason = found.kind === 'firefox' && options.driver !== 'plain' ? noTimeFor('patient') : undefined
    it.skipIf(reason !== undefined)(
      `nothing is left after ${few} launches and ends${reason === undefined ? '' : ` (skipped: ${reason})`}`,
      () => rounds(few),
      300_000,
    )

    it.skipIf(!isLong)(
      `nothing is left after 200 launches and ends${isLong ? '' : ' (skipped: set SHOAL_LONG=1)'}`,
      () => rounds(200),
      // A round of Firefox has taken eleven seconds on a machine with seven times the work that it has cores for.
      3_600_000,
    )
  })
