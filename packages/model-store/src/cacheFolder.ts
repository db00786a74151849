// Where Shoal keeps what it may make again: SHOAL_CACHE, or the user's cache folder of this system.
import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'

/** @returns an absolute path; nothing is made there. */
export function defaultCacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): string {
  const path = platform === 'win32' ? win32 : posix
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name])
  const asked = set('SHOAL_CACHE')
  if (asked !== undefined) return path.resolve(asked)
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'shoal')
  if (platform === 'win32')
    return path.join(set('LOCALAPPDATA') ?? path.join(home, 'AppData', 'Local'), 'shoal')
  const xdg = set('XDG_CACHE_HOME')
  // The XDG base directory specification: a relative path is to be ignored.
  return path.join(xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache'), 'shoal')
}
