// The environment that a browser is started in. Pure.
import { sandboxed } from './chromiumFlags.ts'
import type { FoundBrowser } from './discover.ts'
import type { LaunchOptions } from './LaunchOptions.ts'
import { isWebKitGtk } from './launchRefusal.ts'
import { isSoftwareDriver, type Machine } from './machine.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Firefox takes whatever adapters the system's Vulkan loader shows it, and the loader reads these. */
const vulkanChoice = (found: FoundBrowser, options: LaunchOptions, machine: Machine): Environment => {
  if (found.kind !== 'firefox' || machine.platform !== 'linux') return {}
  if (options.adapter === undefined || options.adapter === 'auto') return {}
  const wanted = machine.vulkanDrivers.filter(
    file => isSoftwareDriver(file) === (options.adapter === 'software'),
  )
  const files = wanted.join(':')
  // Two names of one thing: loaders before 1.3.207 know only the second.
  return { VK_DRIVER_FILES: files, VK_ICD_FILENAMES: files }
}

/** WebKitGTK shuts each page into a sandbox, which root cannot make: the page would crash as soon as it starts. */
const rootsWebKit = (found: FoundBrowser, machine: Machine): Environment =>
  isWebKitGtk(found) && !sandboxed(machine) ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' } : {}

/** @param env this process's own */
export const launchEnvironment = (
  found: FoundBrowser,
  options: LaunchOptions,
  machine: Machine,
  profile: string,
  env: Environment,
): Record<string, string> => {
  const all = {
    ...env,
    // Sockets and scratch files lie in the profile, so that they go with it. A socket's path takes 107 bytes, and
    // Chromium puts 45 behind this one.
    ...(machine.platform === 'linux' && profile.length < 60 ? { TMPDIR: profile } : {}),
    ...vulkanChoice(found, options, machine),
    ...rootsWebKit(found, machine),
  }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
