// Where Shoal keeps what it may make again: SHOAL_CACHE, or the user's cache folder of this system.
import { resolve } from 'node:path'
import envPaths from 'env-paths'

/** @returns an absolute path; nothing is made there. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { SHOAL_CACHE: asked } = env
  return asked ? resolve(asked) : envPaths('shoal', { suffix: '' }).cache
}
