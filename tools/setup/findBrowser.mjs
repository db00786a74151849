// Which browser of a family is on this machine, by environment, PATH, well-known path, or Playwright's own
// downloads. Only whether there is one: what the product launches is decided by browser-bridge's discover.ts, whose
// places browserTable.json repeats, since this runs before anything is installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** @typedef {'chromium' | 'firefox'} Family */
/** @typedef {{ label: string, environment: string[], commands: Record<string, string[]>, paths: Record<string, string[]>, playwright: string[], debian: string[], debianBeside: string[] }} FamilyRow */
/** @typedef {{ env: Record<string, string | undefined>, platform: string, home: string, exists: (path: string) => boolean, list: (folder: string) => string[] }} Machine */

/** @type {Record<Family, FamilyRow>} */
export const browserTable = JSON.parse(readFileSync(new URL('browserTable.json', import.meta.url), 'utf8'))

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

/**
 * @param {Family} family
 * @param {Machine} [machine]
 * @returns {string | undefined} its path
 */
export function findBrowser(family, machine = thisMachine) {
  const { env, platform, exists } = machine
  const row = browserTable[family]
  for (const name of row.environment) {
    const path = env[name]
    if (path !== undefined && path !== '' && exists(path)) return path
  }
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(folder => folder !== '')
  for (const command of row.commands[platform] ?? []) {
    for (const folder of folders) {
      const path = join(folder, command)
      if (exists(path)) return path
    }
  }
  for (const pattern of row.paths[platform] ?? []) {
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
