// Which browser of a family is on this machine, by environment, PATH, well-known path, or Playwright's own
// downloads. Only whether there is one: what the product launches is decided by browser-bridge's discover.ts, which
// reads the same table of places.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** @typedef {'chromium' | 'firefox'} Family */
/** @typedef {{ label: string, kinds: string[], playwright: string[], debian: string[], debianBeside: string[] }} FamilyRow */
/** @typedef {{ env: Record<string, string | undefined>, platform: string, home: string, exists: (path: string) => boolean, list: (folder: string) => string[] }} Machine */

/** @type {Record<string, { commands: Record<string, string[]>, paths: Record<string, string[]> }>} */
const browserTable = JSON.parse(
  readFileSync(
    new URL('../../packages/browser-bridge/src/node/browsers/browserTable.json', import.meta.url),
    'utf8',
  ),
)

/**
 * Browsers that serve for one another, best first; and how one of them is had: by folders of Playwright's, by packages
 * of Debian, and what those need beside them.
 * @type {Record<Family, FamilyRow>}
 */
export const familyTable = {
  chromium: {
    label: 'Chromium, Chrome or Edge',
    kinds: ['chromium', 'chrome', 'edge'],
    playwright: ['chromium-', 'chromium_headless_shell-'],
    debian: ['chromium-headless-shell', 'chromium'],
    debianBeside: [],
  },
  firefox: {
    label: 'Firefox',
    kinds: ['firefox'],
    playwright: ['firefox-'],
    debian: ['firefox-esr', 'firefox'],
    debianBeside: ['mesa-vulkan-drivers'],
  },
}

/** @type {readonly Family[]} */
export const families = ['chromium', 'firefox']

/** @type {Machine} */
export const thisMachine = {
  env: process.env,
  platform: process.platform,
  home: homedir(),
  exists: existsSync,
  list: folder => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

/** @param {string} kind */
export const variableOf = kind => `SHOAL_${kind.toUpperCase()}`

/**
 * @param {Family} family
 * @param {Machine} [machine]
 * @returns {string | undefined} its path
 */
export function findBrowser(family, machine = thisMachine) {
  const { env, platform, exists } = machine
  const row = familyTable[family]
  for (const kind of row.kinds) {
    const path = env[variableOf(kind)]
    if (path !== undefined && path !== '' && exists(path)) return path
  }
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(folder => folder !== '')
  const places = row.kinds.flatMap(kind => browserTable[kind] ?? [])
  for (const command of places.flatMap(({ commands }) => commands[platform] ?? [])) {
    for (const folder of folders) {
      const path = join(folder, command)
      if (exists(path)) return path
    }
  }
  for (const pattern of places.flatMap(({ paths }) => paths[platform] ?? [])) {
    const path = pattern.replace(/%([^%]+)%/g, (whole, name) => env[name] ?? whole)
    if (exists(path)) return path
  }
  return findPlaywrights(row, machine)
}

/**
 * @param {FamilyRow} row
 * @param {Machine} machine
 */
function findPlaywrights(row, machine) {
  const folder = playwrightFolder(machine)
  for (const entry of machine.list(folder)) {
    // Playwright writes the marker last: a folder without it is a download that was cut.
    const marked = machine.exists(join(folder, entry, 'INSTALLATION_COMPLETE'))
    if (marked && row.playwright.some(prefix => entry.startsWith(prefix))) return join(folder, entry)
  }
  return undefined
}

/** @param {Machine} machine */
function playwrightFolder({ env, platform, home }) {
  const moved = env['PLAYWRIGHT_BROWSERS_PATH']
  if (moved !== undefined && moved !== '' && moved !== '0') return moved
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'ms-playwright')
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'ms-playwright')
  return join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'ms-playwright')
}
