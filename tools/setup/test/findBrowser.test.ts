import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBrowser } from '../findBrowser.mjs'

const machine = (present: readonly string[], env: Record<string, string> = {}, platform = 'linux') => ({
  env: { PATH: '/usr/local/bin:/usr/bin', ...env },
  platform,
  home: '/home/u',
  exists: (path: string) => present.includes(path),
  list: (folder: string) =>
    present
      .filter(path => path.startsWith(`${folder}/`))
      .map(path => path.slice(folder.length + 1).split('/', 1)[0] ?? ''),
})

describe('a browser is found', () => {
  it.each<[string, 'chromium' | 'firefox', Parameters<typeof machine>, string | undefined]>([
    [
      'by environment, first',
      'chromium',
      [['/my/chrome', '/usr/bin/chromium'], { SHOAL_CHROME: '/my/chrome' }],
      '/my/chrome',
    ],
    [
      'not by an environment that points nowhere',
      'firefox',
      [['/usr/bin/firefox'], { SHOAL_FIREFOX: '/gone' }],
      '/usr/bin/firefox',
    ],
    ['on the PATH', 'chromium', [['/usr/local/bin/google-chrome']], '/usr/local/bin/google-chrome'],
    [
      'by well-known path',
      'chromium',
      [['/opt/microsoft/msedge/microsoft-edge']],
      '/opt/microsoft/msedge/microsoft-edge',
    ],
    [
      'on macOS',
      'firefox',
      [['/Applications/Firefox.app/Contents/MacOS/firefox'], {}, 'darwin'],
      '/Applications/Firefox.app/Contents/MacOS/firefox',
    ],
    [
      'on Windows',
      'firefox',
      [['C:\\PF\\Mozilla Firefox\\firefox.exe'], { ProgramFiles: 'C:\\PF' }, 'win32'],
      'C:\\PF\\Mozilla Firefox\\firefox.exe',
    ],
    [
      'where Playwright put it',
      'firefox',
      [[join('/home/u/.cache/ms-playwright', 'firefox-1500', 'INSTALLATION_COMPLETE')]],
      '/home/u/.cache/ms-playwright/firefox-1500',
    ],
    [
      'not where a download of Playwright was cut',
      'firefox',
      [['/home/u/.cache/ms-playwright/firefox-1500/firefox']],
      undefined,
    ],
    ['nowhere', 'chromium', [['/usr/bin/firefox']], undefined],
  ])('%s', (_, family, [present, env, platform], expected) => {
    expect(findBrowser(family, machine(present, env, platform))).toBe(expected)
  })
})
