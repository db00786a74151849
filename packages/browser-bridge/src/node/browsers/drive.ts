// Has Playwright start a browser and hold it. What is asked of it is decided elsewhere (chromiumFlags.ts,
// firefoxPrefs.ts); whose the processes are, and their end, is launch.ts's.
import type { BrowserContext } from 'playwright-core'
import { chromiumFlags, sandboxed } from './chromiumFlags.ts'
import type { FoundBrowser } from './discover.ts'
import { firefoxPrefs } from './firefoxPrefs.ts'
import type { LaunchOptions } from './LaunchOptions.ts'
import { launchEnvironment } from './launchEnvironment.ts'
import type { Machine } from './machine.ts'

const startLimitMs = 30_000

/** Rejects with what Playwright says. */
export const drive = async (
  found: FoundBrowser,
  options: LaunchOptions,
  machine: Machine,
  profile: string,
): Promise<BrowserContext> => {
  // Imported late: the driver takes a good part of a second, which a host that joins browsers need not pay.
  const { chromium, firefox, webkit } = await import('playwright-core')
  const shared = {
    executablePath: found.executablePath,
    headless: options.headless !== false,
    timeout: startLimitMs,
    // The host's own supervision closes browsers; a driver that does it too would race it.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    artifactsDir: profile,
    env: launchEnvironment(found, options, machine, profile, process.env),
  }
  if (found.kind === 'webkit') return webkit.launchPersistentContext(profile, shared)
  if (found.kind === 'firefox') {
    return firefox.launchPersistentContext(profile, {
      ...shared,
      // This channel drives a stock Firefox over WebDriver BiDi; the plain one wants Playwright's patched build.
      ...(found.source === 'playwright' ? {} : { channel: 'moz-firefox' }),
      firefoxUserPrefs: { ...firefoxPrefs(options) },
    })
  }
  return chromium.launchPersistentContext(profile, {
    ...shared,
    args: chromiumFlags(options, machine),
    chromiumSandbox: sandboxed(machine),
  })
}
