// How a browser is started that nothing drives: its command, and the files that its profile needs first. Pure.
import path from 'node:path'
import type { FoundBrowser } from './discover.ts'
import { userJs } from './firefoxPrefs.ts'
import type { LaunchOptions } from './LaunchOptions.ts'
import { isWebKitGtk } from './launchRefusal.ts'
import type { Machine } from './machine.ts'

export interface PlainRecipe {
  readonly command: readonly [file: string, ...args: string[]]
  /** Files of the profile, by name. */
  readonly files: Readonly<Record<string, string>>
  /** How the browser's own process is called, where something else starts it. */
  readonly processName: string
}

/** @param page address of the page to start on: a file of the profile, never a page of the host's */
export const plainRecipe = (
  found: FoundBrowser,
  options: LaunchOptions,
  machine: Pick<Machine, 'display'>,
  profile: string,
  page: string,
): PlainRecipe => {
  const { executablePath } = found
  if (!isWebKitGtk(found)) {
    const headless = options.headless === false ? [] : ['--headless']
    return {
      command: [executablePath, ...headless, '--no-remote', '--profile', profile, page],
      files: { 'user.js': userJs(options) },
      processName: path.basename(executablePath),
    }
  }
  // It has no headless mode, so without a window it is shown on a display that nobody sees.
  const screen = options.headless === false && machine.display ? [] : ['xvfb-run', '-a']
  const [file = 'dbus-run-session', ...rest] = [...screen, 'dbus-run-session', '--']
  return {
    command: [file, ...rest, executablePath, '--private-instance', `--profile=${profile}`, page],
    files: {},
    // What Debian calls epiphany-browser is a script that becomes it.
    processName: 'epiphany',
  }
}
