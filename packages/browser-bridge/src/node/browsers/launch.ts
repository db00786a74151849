// Starts an installed browser on a temporary profile of its own. Everything that the browser leaves, processes and
// files, is gone when the scope closes, when the browser dies, or when the host exits. Which way it is held is chosen
// here; the ways themselves are drive.ts (Playwright) and PlainBrowser.ts.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Effect, type Scope } from 'effect'
import { LaunchFailed, type LaunchUnsupported } from '../../errors.ts'
import type { Browser } from './Browser.ts'
import type { FoundBrowser } from './discover.ts'
import { drive } from './drive.ts'
import { identify } from './identify.ts'
import { LaunchedBrowser } from './LaunchedBrowser.ts'
import type { LaunchOptions } from './LaunchOptions.ts'
import { launchEnvironment } from './launchEnvironment.ts'
import { isWebKitGtk, launchRefusal } from './launchRefusal.ts'
import { type Machine, seeMachine } from './machine.ts'
import { PlainBrowser } from './PlainBrowser.ts'
import { PlainProcess } from './PlainProcess.ts'
import { defaultProfilesFolder, Profile } from './Profile.ts'
import { plainRecipe } from './plainRecipe.ts'
import { listProcesses } from './processTable.ts'
import { StartPage } from './StartPage.ts'

interface Start {
  readonly found: FoundBrowser
  readonly options: LaunchOptions
  readonly machine: Machine
  readonly profile: Profile
}

const driven = async (
  { found, options, machine, profile }: Start,
  driver: typeof drive,
): Promise<Browser> => {
  const context = await driver(found, options, machine, profile.folder)
  const processes = identify(profile.folder, process.pid, await listProcesses())
  if (processes === undefined) throw new Error('its process ended at once')
  const { pid, startTime } = processes.root
  await profile.markBrowser({ pid, startTime })
  return new LaunchedBrowser(found, context, profile, processes)
}

const plain = (start: Start, warnings: readonly string[]): Promise<Browser> => {
  const { found, options, machine } = start
  const spawn = async (profile: Profile, left?: AbortSignal): Promise<PlainProcess> => {
    const page = await StartPage.open(profile.folder)
    const recipe = plainRecipe(found, options, machine, profile.folder, page.fileUrl)
    for (const [name, text] of Object.entries(recipe.files))
      await writeFile(path.join(profile.folder, name), text, { mode: 0o600 })
    const env = launchEnvironment(found, options, machine, profile.folder, process.env)
    return PlainProcess.launch({ found, recipe, profile, start: page, env }, left)
  }
  const another = async (left: AbortSignal): Promise<PlainProcess> => {
    const profile = await Effect.runPromise(Profile.make(path.dirname(start.profile.folder), found.kind))
    return spawn(profile, left).catch(async error => {
      await profile.remove()
      throw error
    })
  }
  return spawn(start.profile).then(first => new PlainBrowser(found, first, another, warnings))
}

/**
 * Whether the driver failed because it and the browser are of different years: the browser answered, and did not know
 * what it was asked for. (Playwright 1.65.1 says so of Firefox 153.)
 */
export const isStranger = (error: unknown): boolean =>
  error instanceof Error &&
  /Protocol error \([\w.]+\): (unknown command|unsupported operation)/.test(error.message)

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.trim() ?? ''

/** A driver gives up by itself before. */
const abandonLimitMs = 45_000

/**
 * How long a driver may take to notice that what it spawned is dead. Mostly it does at once; but where Chromium dies before
 * it has said a word, Playwright waits out its own limit of 30 s, and there is nothing left to wait for.
 */
const noticeLimitMs = 2_000

/** Ends a start that failed or is not wanted any more; returns when nothing is left of it. */
const abandon = async (starting: Promise<Browser>, profile: Profile): Promise<void> => {
  let until = performance.now() + abandonLimitMs
  let pending = true
  const over = starting
    .then(
      browser => Effect.runPromise(browser.close()),
      () => undefined,
    )
    .finally(() => {
      pending = false
    })
  // A driver cannot be told to stop: it gives up when its browser ends, which it may not even have spawned yet.
  while (pending && performance.now() < until) {
    // It spawns one process: once that is ended, none comes after it.
    if ((await profile.endProcesses()) > 0) until = Math.min(until, performance.now() + noticeLimitMs)
    await Promise.race([over, sleep(50, undefined, { ref: false })])
  }
  await profile.remove()
}

/** `launch` with a driver of the caller's. */
export const launchWith = (
  driver: typeof drive,
  found: FoundBrowser,
  options: LaunchOptions = {},
): Effect.Effect<Browser, LaunchFailed | LaunchUnsupported, Scope.Scope> => {
  const failed = (cause: unknown) => new LaunchFailed({ ...found, cause })
  const folder = options.profilesDir ?? defaultProfilesFolder()

  /** One try on a profile of its own, which is gone again where it fails. */
  const attempt = (machine: Machine, start: (start: Start) => Promise<Browser>) =>
    Effect.gen(function* () {
      const profile = yield* Profile.make(folder, found.kind)
      const starting = start({ found, options, machine, profile })
      // Only the wait may be interrupted: what was begun is ended first.
      return yield* Effect.interruptible(
        Effect.tryPromise({ try: () => starting, catch: cause => cause }),
      ).pipe(Effect.onError(() => Effect.promise(() => abandon(starting, profile))))
    })

  const withoutDriver = (machine: Machine, cause: unknown) =>
    Effect.gen(function* () {
      const warning = `Playwright cannot drive ${found.kind} ${found.version} (${firstLine(cause)}), so it runs without a driver: each page is a process of its own, and is loaded again by starting it again. Another version of playwright-core, or of the browser, may work.`
      yield* Effect.logWarning(warning)
      return yield* attempt(machine, start => plain(start, [warning]))
    })

  const started = Effect.gen(function* () {
    const machine = yield* Effect.promise(() => seeMachine())
    const refusal = launchRefusal(found, options, machine)
    if (refusal !== undefined) return yield* refusal
    const way = options.driver ?? 'auto'
    if (way === 'plain' || isWebKitGtk(found))
      return yield* attempt(machine, start => plain(start, [])).pipe(Effect.mapError(failed))
    return yield* attempt(machine, start => driven(start, driver)).pipe(
      Effect.catchIf(
        error => way === 'auto' && found.kind === 'firefox' && isStranger(error),
        error => withoutDriver(machine, error),
      ),
      Effect.mapError(failed),
    )
  })
  return Effect.acquireRelease(started, browser => browser.close())
}

/**
 * Starts `found` and waits until it can open pages. Closing the scope closes the browser; interrupting the wait ends
 * what has been started of it. Fails with
 * `LaunchUnsupported` before anything is started where the options ask for what this browser or machine cannot do.
 */
export const launch = (
  found: FoundBrowser,
  options: LaunchOptions = {},
): Effect.Effect<Browser, LaunchFailed | LaunchUnsupported, Scope.Scope> => launchWith(drive, found, options)
