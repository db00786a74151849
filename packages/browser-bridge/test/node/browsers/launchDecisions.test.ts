// What a browser is started with, and what is refused: pure functions of the browser, the options and the machine.
import { describe, expect, it } from 'vitest'
import { adapterFlags, chromiumFlags, sandboxed } from '../../../src/node/browsers/chromiumFlags.ts'
import type { FoundBrowser } from '../../../src/node/browsers/discover.ts'
import { firefoxPrefs, userJs } from '../../../src/node/browsers/firefoxPrefs.ts'
import type { LaunchOptions } from '../../../src/node/browsers/LaunchOptions.ts'
import { isStranger } from '../../../src/node/browsers/launch.ts'
import { launchEnvironment } from '../../../src/node/browsers/launchEnvironment.ts'
import { launchRefusal } from '../../../src/node/browsers/launchRefusal.ts'
import type { Machine } from '../../../src/node/browsers/machine.ts'
import { plainRecipe } from '../../../src/node/browsers/plainRecipe.ts'

const found = (kind: FoundBrowser['kind'], more: Partial<FoundBrowser> = {}): FoundBrowser => ({
  kind,
  executablePath: `/usr/bin/${kind}`,
  headlessShell: false,
  version: '1.2',
  channel: 'stable',
  source: 'path',
  ...more,
})

const bare: Machine = { platform: 'linux', uid: 1000, display: false, gpus: [], vulkanDrivers: [] }
const gpu = { vendor: 'NVIDIA', device: '/dev/dri/renderD128' }
const oneGpu: Machine = { ...bare, gpus: [gpu] }
const twoGpus: Machine = { ...bare, gpus: [{ vendor: 'Intel', device: '/dev/dri/renderD129' }, gpu] }
const mac: Machine = { platform: 'darwin', uid: 501, display: true, gpus: undefined, vulkanDrivers: [] }
const lavapipe = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'
const radeon = '/usr/share/vulkan/icd.d/radeon_icd.x86_64.json'
const mesa: Machine = { ...bare, vulkanDrivers: [radeon, lavapipe] }

describe('Flags for the adapter', () => {
  const unsafe = '--enable-unsafe-webgpu'
  const vulkan = ['--use-angle=vulkan', '--disable-vulkan-surface', '--ignore-gpu-blocklist']
  const cases: readonly [string, LaunchOptions, Machine, readonly string[]][] = [
    ['no GPU in Linux: the software adapter that Chromium falls back to', {}, bare, [unsafe]],
    ['a GPU in Linux: Vulkan', {}, oneGpu, [unsafe, ...vulkan]],
    [
      'a GPU, the software adapter wanted',
      { adapter: 'software' },
      oneGpu,
      [unsafe, '--use-webgpu-adapter=swiftshader'],
    ],
    [
      'a GPU, nothing else wanted',
      { adapter: 'hardware' },
      oneGpu,
      [unsafe, ...vulkan, '--disable-software-rasterizer'],
    ],
    [
      'two GPUs, the strong one wanted',
      { powerPreference: 'high-performance' },
      twoGpus,
      [unsafe, ...vulkan, '--use-webgpu-power-preference=force-high-performance'],
    ],
    ['a system that brings its own graphics', {}, mac, [unsafe]],
    ['WebGPU not wanted', { webgpu: false }, oneGpu, []],
  ]
  it.each(cases)('%s', (_title, options, machine, flags) => {
    expect(adapterFlags(options, machine).flags).toEqual(flags)
  })
})

describe('Chromium’s flags', () => {
  it('name features once, with the caller’s among them', () => {
    const flags = chromiumFlags({ args: ['--enable-features=A,Vulkan', '--mute-audio'] }, oneGpu)
    expect(flags.filter(flag => flag.startsWith('--enable-features'))).toEqual([
      '--enable-features=CDPScreenshotNewSurface,WebMachineLearningNeuralNetwork,Vulkan,A',
    ])
    expect(flags).toContain('--mute-audio')
  })

  it('leave WebNN out where it is not wanted', () => {
    expect(chromiumFlags({ webnn: false }, bare).join(' ')).not.toContain('MachineLearning')
  })

  it('keep the browser on this machine', () => {
    expect(chromiumFlags({}, bare).join(' ')).toContain('MAP * ~NOTFOUND')
  })

  it.each([
    ['linux', 0, false],
    ['linux', 1000, true],
    ['darwin', 0, true],
    ['win32', undefined, true],
  ] as const)('ask for the sandbox on %s as user %s: %s', (platform, uid, on) => {
    expect(sandboxed({ platform, uid })).toBe(on)
  })
})

describe('Firefox’s preferences', () => {
  it('switch WebGPU on, keep it on this machine, and give way to the caller’s', () => {
    expect(firefoxPrefs()).toMatchObject({ 'dom.webgpu.enabled': true, 'network.proxy.type': 1 })
    expect(firefoxPrefs({ webgpu: false })).toMatchObject({ 'dom.webgpu.enabled': false })
    expect(firefoxPrefs({ firefoxPrefs: { 'geo.enabled': true } })).toMatchObject({ 'geo.enabled': true })
  })

  it('are written for a Firefox without a driver as user.js takes them', () => {
    const lines = userJs({ firefoxPrefs: { 'a.b': 'x"y', 'c.d': 3 } }).split('\n')
    expect(lines).toContain('user_pref("a.b", "x\\"y");')
    expect(lines).toContain('user_pref("c.d", 3);')
    expect(lines).toContain('user_pref("browser.aboutwelcome.enabled", false);')
  })
})

describe('The environment', () => {
  const env = { HOME: '/h', GONE: undefined }
  it('puts scratch files into the profile, where its sockets’ paths are short enough', () => {
    expect(launchEnvironment(found('chrome'), {}, bare, '/tmp/p', env)).toEqual({
      HOME: '/h',
      TMPDIR: '/tmp/p',
    })
    const long = `/tmp/${'x'.repeat(60)}`
    expect(launchEnvironment(found('chrome'), {}, bare, long, env)).toEqual({ HOME: '/h' })
  })

  it.each([
    ['software', lavapipe],
    ['hardware', radeon],
  ] as const)('shows Firefox the Vulkan drivers of the adapter chosen: %s', (adapter, file) => {
    expect(launchEnvironment(found('firefox'), { adapter }, mesa, '/tmp/p', {})).toMatchObject({
      VK_DRIVER_FILES: file,
      VK_ICD_FILENAMES: file,
    })
  })
})

describe('What is refused before anything starts', () => {
  const shell = found('chromium', { headlessShell: true, executablePath: '/usr/bin/chromium-headless-shell' })
  const web = found('webkit', { executablePath: '/usr/bin/epiphany' })
  const cases: readonly [string, FoundBrowser, LaunchOptions, Machine, string][] = [
    ['a window of a headless shell', shell, { headless: false }, { ...bare, display: true }, 'has no window'],
    ['a window without a display', found('chrome'), { headless: false }, bare, 'xvfb-run'],
    ['flags for Firefox', found('firefox'), { args: ['--x'] }, bare, 'firefoxPrefs'],
    ['preferences for Chromium', found('edge'), { firefoxPrefs: {} }, bare, 'args'],
    ['an address as a flag', found('chrome'), { args: ['http://h/#t'] }, bare, 'is no flag'],
    [
      'a profile of one’s own',
      found('chrome'),
      { args: ['--user-data-dir=/x'] },
      bare,
      'is set by the launch',
    ],
    [
      'a profile behind one dash',
      found('chrome'),
      { args: ['-user-data-dir=/x'] },
      bare,
      'set by the launch',
    ],
    ['the end of all flags', found('chrome'), { args: ['--'] }, bare, 'is no flag'],
    ['no driver for Chromium', found('chrome'), { driver: 'plain' }, bare, 'only Firefox and WebKitGTK'],
    ['a driver for WebKitGTK', web, { driver: 'playwright' }, bare, 'SHOAL_WEBKIT'],
    ['a GPU where there is none', found('chrome'), { adapter: 'hardware' }, bare, 'no GPU'],
    [
      'a software adapter without its driver',
      found('firefox'),
      { adapter: 'software' },
      bare,
      'mesa-vulkan-drivers',
    ],
    ['an adapter of Firefox elsewhere', found('firefox'), { adapter: 'software' }, mac, 'on this system'],
    [
      'an adapter and no WebGPU',
      found('chrome'),
      { webgpu: false, adapter: 'software' },
      bare,
      'webgpu is false',
    ],
    [
      'power without a choice',
      found('chrome'),
      { powerPreference: 'low-power' },
      oneGpu,
      'nothing to prefer',
    ],
    [
      'power from software',
      found('chrome'),
      { powerPreference: 'low-power', adapter: 'software' },
      twoGpus,
      'software',
    ],
    ['power from Firefox', found('firefox'), { powerPreference: 'low-power' }, twoGpus, 'no such flag'],
    ['WebGPU off where no flag does it', found('chrome'), { webgpu: false }, mac, 'always on'],
    ['WebNN in Firefox', found('firefox'), { webnn: true }, bare, 'no WebNN'],
    ['WebGPU in WebKit', web, { webgpu: true }, bare, 'no flag'],
  ]
  it.each([
    '--no-sandbox',
    '-no-sandbox',
    '--No-Sandbox',
    '--no-sandbox=',
    '--disable-gpu-sandbox',
    '--disable-setuid-sandbox',
    '--disable-seccomp-filter-sandbox',
    '--disable-namespace-sandbox',
    '--no-zygote-sandbox',
    '--allow-no-sandbox-job',
    '--gpu-sandbox-failures-fatal=no',
    '--disable-features=NetworkServiceSandbox',
    '--disable-appcontainer',
    '--disable-win32k-lockdown',
    '--single-process',
    '-in-process-gpu',
  ])('a sandbox that is lowered: %s', flag => {
    const refusal = launchRefusal(found('chrome'), { args: ['--mute-audio', flag] }, bare)
    expect(refusal).toMatchObject({ option: 'args' })
    expect(refusal?.message).toContain(`${flag} would lower the sandbox`)
  })

  it.each(cases)('%s', (_title, browser, options, machine, says) => {
    const refusal = launchRefusal(browser, options, machine)
    expect(refusal?._tag).toBe('LaunchUnsupported')
    expect(refusal?.message).toContain(says)
    expect(refusal?.message).not.toContain('\n')
  })

  const allowed: readonly [string, FoundBrowser, LaunchOptions, Machine][] = [
    ['nothing chosen', shell, {}, bare],
    ['a window on a display', found('chrome'), { headless: false }, { ...bare, display: true }],
    ['a window on a system that always has one', found('edge'), { headless: false }, mac],
    ['the strong one of two GPUs', found('chrome'), { powerPreference: 'high-performance' }, twoGpus],
    ['a GPU where nobody can look', found('edge'), { adapter: 'hardware' }, mac],
    ['software drawing in Firefox', found('firefox'), { adapter: 'software' }, mesa],
    ['Firefox without a driver', found('firefox'), { driver: 'plain' }, bare],
    ['a flag of one’s own', found('chrome'), { args: ['--mute-audio', '-lang=en'] }, bare],
  ]
  it.each(allowed)('but not %s', (_title, browser, options, machine) => {
    expect(launchRefusal(browser, options, machine)).toBeUndefined()
  })
})

describe('A browser without a driver', () => {
  it('is started on a page of its own profile, and never with an address of the host', () => {
    const { command, files } = plainRecipe(found('firefox'), {}, bare, '/p', 'file:///p/start.html')
    expect(command).toEqual([
      '/usr/bin/firefox',
      '--headless',
      '--no-remote',
      '--profile',
      '/p',
      'file:///p/start.html',
    ])
    expect(Object.keys(files)).toEqual(['user.js'])
  })

  it('is shown where a window is wanted', () => {
    const { command } = plainRecipe(
      found('firefox'),
      { headless: false },
      { display: true },
      '/p',
      'file:///s',
    )
    expect(command).not.toContain('--headless')
  })

  it('gets a display that nobody sees where it knows no other', () => {
    const web = found('webkit', { executablePath: '/usr/bin/epiphany' })
    const { command } = plainRecipe(web, {}, bare, '/p', 'file:///s')
    expect(command.slice(0, 4)).toEqual(['xvfb-run', '-a', 'dbus-run-session', '--'])
    expect(command).toContain('--profile=/p')
  })
})

describe('A driver that does not understand its browser', () => {
  it.each([
    [
      'browserType.launchPersistentContext: Protocol error (emulation.setMediaFeaturesOverride): unknown command\nMessage: x',
      true,
    ],
    ['browser.newContext: Protocol error (browser.createUserContext): unsupported operation', true],
    ['browserType.launchPersistentContext: Timeout 30000ms exceeded.', false],
    ["browserType.launch: Executable doesn't exist at /x", false],
    ['browserType.launchPersistentContext: Target page, context or browser has been closed', false],
  ])('is told by what it says: %s', (message, stranger) => {
    expect(isStranger(new Error(message))).toBe(stranger)
  })
})
