// Starts an installed browser on a temporary profile of its own and drives it with Playwright. Everything that the
// browser leaves, processes and files, is gone when the scope closes, when the browser dies, or when the host exits.
import { Effect, type Scope } from 'effect'
import type { BrowserContext } from 'playwright-core'
import { LaunchFailed } from '../../errors.ts'
import type { Browser } from './Browser.ts'
import type { FoundBrowser } from './discover.ts'
import { firefoxPrefs } from './firefoxPrefs.ts'
import { identify } from './identify.ts'
import { LaunchedBrowser } from './LaunchedBrowser.ts'
import { chromiumFlags, type LaunchOptions, sandboxed } from './launchFlags.ts'
import { defaultProfilesFolder, Profile } from './Profile.ts'
import { listProcesses } from './processTable.ts'

const startLimitMs = 30_000

/** Sockets and scratch files of the browser lie in its profile, so that they go with it. */
const environment = (profile: string): Record<string, string> => {
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  // A socket's path takes 107 bytes, and Chromium puts 45 behind this one.
  if (process.platform === 'linux' && profile.length < 60) env['TMPDIR'] = profile
  return env
}

const start = async (
  found: FoundBrowser,
  options: LaunchOptions,
  profile: string,
): Promise<BrowserContext> => {
  // Imported late: the driver takes a good part of a second, which a host that joins browsers need not pay.
  const { chromium, firefox } = await import('playwright-core')
  const shared = {
    executablePath: found.executablePath,
    headless: found.headlessShell || options.headless !== false,
    timeout: startLimitMs,
    // The host's own supervision closes browsers; a driver that does it too would race it.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    artifactsDir: profile,
    env: environment(profile),
  }
  if (found.kind === 'firefox') {
    return firefox.launchPersistentContext(profile, {
      ...shared,
      // This channel drives a stock Firefox over WebDriver BiDi; the plain one wants Playwright's patched build.
      ...(found.source === 'playwright' ? {} : { channel: 'moz-firefox' }),
      firefoxUserPrefs: { ...firefoxPrefs },
    })
  }
  return chromium.launchPersistentContext(profile, {
    ...shared,
    args: [...chromiumFlags],
    chromiumSandbox: sandboxed(process.platform, process.getuid?.()),
  })
}

const attach = async (found: FoundBrowser, profile: Profile, context: BrowserContext): Promise<Browser> => {
  const processes = identify(profile.folder, process.pid, await listProcesses())
  if (processes === undefined) throw new Error('its process ended at once')
  const { pid, startTime } = processes.root
  await profile.markBrowser({ pid, startTime })
  return new LaunchedBrowser(found, context, profile, processes)
}

/**
 * Starts `found` and waits until it can open pages. Closing the scope closes the browser.
 */
export const launch = (
  found: FoundBrowser,
  options: LaunchOptions = {},
): Effect.Effect<Browser, LaunchFailed, Scope.Scope> => {
  const failed = (cause: unknown) => new LaunchFailed({ ...found, cause })
  return Effect.acquireRelease(
    Effect.gen(function* () {
      const folder = options.profilesDir ?? defaultProfilesFolder()
      const profile = yield* Profile.make(folder, found.kind).pipe(Effect.mapError(failed))
      return yield* Effect.tryPromise({
        try: async () => attach(found, profile, await start(found, options, profile.folder)),
        catch: failed,
      }).pipe(Effect.onError(() => Effect.promise(() => profile.remove())))
    }),
    browser => browser.close(),
  )
}
