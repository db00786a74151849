// Where browsers are looked for, on each system; and what is found on this one.
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { describe, expect, it, vi } from 'vitest'
import { channelOf } from '../../../src/node/browsers/channel.ts'
import {
  type BrowserKind,
  candidates,
  discover,
  discoverOn,
  type Executables,
} from '../../../src/node/browsers/discover.ts'
import { isAlive, parsePowerShell, parsePs } from '../../../src/node/browsers/processTable.ts'

const fileNames = (...args: Parameters<typeof candidates>) => candidates(...args).map(({ file }) => file)

describe('Candidates', () => {
  it('are what the environment names, and then nothing else of that kind', () => {
    expect(candidates('firefox', { SHOAL_FIREFOX: '/x/ff', PATH: '/usr/bin' }, 'linux')).toEqual([
      { kind: 'firefox', file: '/x/ff', source: 'environment' },
    ])
  })

  it('put the headless shell before the whole Chromium', () => {
    const files = fileNames('chromium', { PATH: '/a:/b' }, 'linux')
    expect(files.indexOf('/b/chromium-headless-shell')).toBeLessThan(files.indexOf('/a/chromium'))
  })

  it('stand at well-known places where PATH has none', () => {
    expect(fileNames('edge', {}, 'linux')).toContain('/opt/microsoft/msedge/microsoft-edge')
    expect(fileNames('chrome', {}, 'darwin')).toContain(
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    )
    expect(fileNames('edge', { 'ProgramFiles(x86)': 'C:\\P' }, 'win32')[0]).toBe(
      'C:\\P\\Microsoft\\Edge\\Application\\msedge.exe',
    )
  })
})

describe('Discover', () => {
  it('lists one executable once, however many names it has, and asks it for its version', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-test-'))
    const script = '#!/bin/sh\necho "Mozilla Firefox 999.1.2"\n'
    await writeFile(path.join(folder, 'firefox-esr'), script, { mode: 0o755 })
    await symlink(path.join(folder, 'firefox-esr'), path.join(folder, 'firefox'))
    const found = await Effect.runPromise(discover({ kinds: ['firefox'], env: { PATH: folder } }))
    expect(found.filter(one => one.executablePath.startsWith(folder))).toEqual([
      {
        kind: 'firefox',
        executablePath: path.join(folder, 'firefox-esr'),
        headlessShell: false,
        version: '999.1.2',
        channel: 'esr',
        source: 'path',
      },
    ])
    await rm(folder, { recursive: true })
  })

  it('finds nothing where the environment names what is not there', async () => {
    expect(
      await Effect.runPromise(discover({ kinds: ['chrome'], env: { SHOAL_CHROME: '/no/such' } })),
    ).toEqual([])
  })
})

/** A system with these files and no others, which say of their version what stands beside them. */
const system = (platform: NodeJS.Platform, there: Readonly<Record<string, string>>): Executables => ({
  platform,
  real: async file => (file in there ? file : undefined),
  version: async file => there[file] ?? '',
})

describe('Chrome and Edge, on systems that only a table stands for', () => {
  const x86 = 'C:\\Program Files (x86)'
  const cases: readonly [NodeJS.Platform, BrowserKind, string, string, string, Record<string, string>][] = [
    ['linux', 'edge', '/usr/bin/microsoft-edge-beta', 'beta', '140.0.1', { PATH: '/usr/bin' }],
    ['linux', 'edge', '/opt/microsoft/msedge/microsoft-edge', 'stable', '140.0.1', {}],
    ['linux', 'edge', '/my/own/edge', 'stable', '140.0.1', { SHOAL_EDGE: '/my/own/edge' }],
    ['linux', 'chrome', '/opt/google/chrome-unstable/google-chrome-unstable', 'dev', '141.0.1', {}],
    [
      'darwin',
      'edge',
      '/Applications/Microsoft Edge Dev.app/Contents/MacOS/Microsoft Edge Dev',
      'dev',
      '1.2',
      {},
    ],
    ['darwin', 'chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'stable', '1.2', {}],
    [
      'win32',
      'edge',
      `${x86}\\Microsoft\\Edge\\Application\\msedge.exe`,
      'stable',
      '',
      { 'ProgramFiles(x86)': x86 },
    ],
    [
      'win32',
      'chrome',
      'C:\\P\\Google\\Chrome Beta\\Application\\chrome.exe',
      'beta',
      '',
      { ProgramFiles: 'C:\\P' },
    ],
    [
      'win32',
      'chrome',
      'C:\\L\\Google\\Chrome SxS\\Application\\chrome.exe',
      'canary',
      '',
      { LocalAppData: 'C:\\L' },
    ],
  ]
  it.each(cases)('on %s %s at %s is channel %s', async (platform, kind, file, channel, version, env) => {
    const said = version === '' ? '' : `Some Browser ${version} `
    expect(await discoverOn(system(platform, { [file]: said }), { kinds: [kind], env })).toEqual([
      {
        kind,
        executablePath: file,
        headlessShell: false,
        version,
        channel,
        source: 'SHOAL_EDGE' in env ? 'environment' : 'path',
      },
    ])
  })
})

describe('WebKit', () => {
  const there = system('linux', { '/usr/bin/epiphany': 'Web 43.1' })
  it('is looked for only where somebody asks for it', async () => {
    const env = { PATH: '/usr/bin', SHOAL_CHROMIUM: '/none', SHOAL_FIREFOX: '/none' }
    expect(await discoverOn(there, { env })).toEqual([])
    expect(await discoverOn(there, { env, kinds: ['webkit'] })).toMatchObject([
      { kind: 'webkit', version: '43.1' },
    ])
  })
})

describe('A channel', () => {
  it('is not read out of folders that the browser’s makers did not name', () => {
    expect(channelOf('/home/my-dev/bin/chromium')).toBe('stable')
    expect(channelOf('/usr/bin/firefox', '/opt/firefox-nightly/firefox')).toBe('canary')
  })
})

describe('The process table', () => {
  it('is read from ps', () => {
    expect(parsePs('  12     1    12 Tue Nov 24 06:46:19 2026 /usr/bin/x --profile /p\nnoise\n')).toEqual([
      {
        pid: 12,
        parent: 1,
        session: 12,
        startTime: 'Tue Nov 24 06:46:19 2026',
        command: ['/usr/bin/x', '--profile', '/p'],
      },
    ])
  })

  it('is read from PowerShell, quoted names whole', () => {
    expect(parsePowerShell('12\t4\t638\t"C:\\P F\\x.exe" --user-data-dir=C:\\p\r\n\r\n')).toEqual([
      {
        pid: 12,
        parent: 4,
        session: 0,
        startTime: '638',
        command: ['C:\\P F\\x.exe', '--user-data-dir=C:\\p'],
      },
    ])
  })

  it.each([
    ['there', undefined, true],
    ['somebody else’s', 'EPERM', true],
    ['gone', 'ESRCH', false],
  ])('knows whether a process lives that is %s', (_what, code, alive) => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      if (code !== undefined) throw Object.assign(new Error(code), { code })
      return true
    })
    expect(isAlive(12)).toBe(alive)
    kill.mockRestore()
  })
})
