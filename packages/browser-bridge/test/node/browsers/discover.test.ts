// Where browsers are looked for, on each system; and what is found on this one.
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Effect } from 'effect'
import { describe, expect, it, vi } from 'vitest'
import { candidates, discover } from '../../../src/node/browsers/discover.ts'
import { firefoxPrefs } from '../../../src/node/browsers/firefoxPrefs.ts'
import { chromiumFlags, sandboxed } from '../../../src/node/browsers/launchFlags.ts'
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
    expect(fileNames('edge', { 'ProgramFiles(x86)': 'C:\\P' }, 'win32')).toEqual([
      'C:\\P\\Microsoft\\Edge\\Application\\msedge.exe',
    ])
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

describe('What a browser is started with', () => {
  it('switches WebGPU and WebNN on', () => {
    expect(chromiumFlags).toContain('--enable-unsafe-webgpu')
    expect(chromiumFlags.filter(flag => flag.startsWith('--enable-features'))).toEqual([
      expect.stringContaining('WebMachineLearningNeuralNetwork'),
    ])
    expect(firefoxPrefs).toMatchObject({ 'dom.webgpu.enabled': true })
  })

  it('keeps the browser on this machine', () => {
    expect(chromiumFlags.join(' ')).toContain('MAP * ~NOTFOUND')
    expect(firefoxPrefs).toMatchObject({ 'network.proxy.type': 1 })
  })

  it.each([
    ['linux', 0, false],
    ['linux', 1000, true],
    ['darwin', 0, true],
    ['win32', undefined, true],
  ] as const)('asks for the sandbox on %s as user %s: %s', (platform, uid, on) => {
    expect(sandboxed(platform, uid)).toBe(on)
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
