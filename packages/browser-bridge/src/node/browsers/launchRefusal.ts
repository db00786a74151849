// What a launch may ask for and what not: a pure look at the browser, the options and the machine, before anything is
// started. An option that would change nothing is refused, so that none is decoration.
import { LaunchUnsupported } from '../../errors.ts'
import type { FoundBrowser } from './discover.ts'
import type { LaunchOptions } from './LaunchOptions.ts'
import type { Machine } from './machine.ts'

/** Flags that the launch itself sets: another value would take the browser out of our hands, or its guard down. */
const own = [
  'user-data-dir',
  'remote-debugging-port',
  'remote-debugging-pipe',
  'headless',
  'host-resolver-rules',
]

/**
 * What makes pages, or what they reach, less shut in than the launch decided. Chromium has a dozen of them, whose names
 * or values hold the word, and some that do not; whoever is root has no sandbox without asking for it.
 */
const lowersSandbox =
  /sandbox|^(disable-appcontainer|disable-win32k-lockdown|single-process|in-process-gpu|no-zygote)\b/

/** As Chromium reads it: with one dash or two, and on Windows in any case. */
const plainFlag = (flag: string): string => flag.replace(/^--?/, '').toLowerCase()

const flagFault = (args: readonly string[]): string | undefined => {
  // After a bare “--”, what the launch sets would be taken for addresses.
  const address = args.find(flag => !flag.startsWith('-') || plainFlag(flag) === '')
  // Arguments are there for every user of the machine to read, and an address may hold a token.
  if (address !== undefined) return `“${address}” is no flag; pages are opened by the pool, never by argument`
  const lowers = args.find(flag => lowersSandbox.test(plainFlag(flag)))
  if (lowers !== undefined)
    return `${lowers} would lower the sandbox, which the launch itself sets; leave it out`
  const taken = args.find(flag => own.includes(plainFlag(flag).split('=')[0] ?? ''))
  return taken === undefined ? undefined : `${taken} is set by the launch itself; leave it out`
}

type Case = readonly [option: string, reason: string | false | undefined]

const driven = (found: FoundBrowser, options: LaunchOptions): readonly Case[] => {
  const { kind } = found
  const gecko = kind === 'firefox'
  const plain = options.driver === 'plain'
  return [
    [
      'driver',
      plain && !gecko && kind !== 'webkit' && 'only Firefox and WebKitGTK run without a driver; leave it out',
    ],
    [
      'driver',
      options.driver === 'playwright' &&
        kind === 'webkit' &&
        isWebKitGtk(found) &&
        'Playwright drives only a WebKit of its own build; leave the option out, or name that build with SHOAL_WEBKIT',
    ],
    [
      'args',
      options.args !== undefined &&
        (gecko || kind === 'webkit') &&
        'flags are for Chromium and its kin; Firefox takes firefoxPrefs',
    ],
    ['args', options.args && flagFault(options.args)],
    [
      'firefoxPrefs',
      options.firefoxPrefs !== undefined &&
        !gecko &&
        'preferences are for Firefox; Chromium and its kin take args',
    ],
  ]
}

const shown = (found: FoundBrowser, options: LaunchOptions, machine: Machine): readonly Case[] => {
  if (options.headless !== false) return []
  return [
    ['headless: false', found.headlessShell && `${found.executablePath} has no window; name a whole browser`],
    [
      'headless: false',
      !machine.display &&
        'there is no display here; start it under xvfb-run, set DISPLAY, or leave it headless',
    ],
  ]
}

const graphics = (found: FoundBrowser, options: LaunchOptions, machine: Machine): readonly Case[] => {
  const { kind } = found
  const { gpus, platform } = machine
  const chromiumKin = kind !== 'firefox' && kind !== 'webkit'
  const chosen = options.adapter !== undefined && options.adapter !== 'auto'
  return [
    ['webnn: true', options.webnn === true && !chromiumKin && 'it has no WebNN; leave the option out'],
    [
      'webgpu: true',
      options.webgpu === true && kind === 'webkit' && 'no flag gives it WebGPU; leave the option out',
    ],
    [
      'webgpu: false',
      options.webgpu === false &&
        chromiumKin &&
        platform !== 'linux' &&
        'WebGPU is always on in it on this system; ask for platform wasm instead',
    ],
    ['adapter', chosen && options.webgpu === false && 'webgpu is false; leave one of the two out'],
    ['adapter', chosen && kind === 'webkit' && 'it has no WebGPU here; leave the option out'],
    [
      'adapter',
      chosen &&
        kind === 'firefox' &&
        platform !== 'linux' &&
        'Firefox lets nobody choose on this system; leave the option out',
    ],
    [
      'adapter: hardware',
      options.adapter === 'hardware' &&
        gpus?.length === 0 &&
        'this machine shows no GPU; leave the option out',
    ],
    [
      'adapter: software',
      options.adapter === 'software' &&
        kind === 'firefox' &&
        platform === 'linux' &&
        !machine.vulkanDrivers.some(file => /lvp/.test(file)) &&
        'no software driver for Vulkan is installed; install mesa-vulkan-drivers',
    ],
    [
      'powerPreference',
      options.powerPreference !== undefined && !chromiumKin && 'it takes no such flag; leave the option out',
    ],
    [
      'powerPreference',
      options.powerPreference !== undefined &&
        gpus !== undefined &&
        gpus.length < 2 &&
        `this machine shows ${gpus.length === 0 ? 'no GPU' : 'one GPU'}, so there is nothing to prefer; leave the option out`,
    ],
    [
      'powerPreference',
      options.powerPreference !== undefined &&
        options.adapter === 'software' &&
        'the software adapter is asked for; leave one of the two out',
    ],
  ]
}

/** A WebKit of the distribution, in GNOME's browser; Playwright's own build is another program. */
export const isWebKitGtk = ({ executablePath }: Pick<FoundBrowser, 'executablePath'>): boolean =>
  /epiphany/.test(executablePath)

/** Why this browser cannot be started so on this machine; undefined where it can. Pure. */
export const launchRefusal = (
  found: FoundBrowser,
  options: LaunchOptions,
  machine: Machine,
): LaunchUnsupported | undefined => {
  const cases = [
    ...driven(found, options),
    ...shown(found, options, machine),
    ...graphics(found, options, machine),
  ]
  for (const [option, reason] of cases)
    if (typeof reason === 'string') return new LaunchUnsupported({ kind: found.kind, option, reason })
  return undefined
}
