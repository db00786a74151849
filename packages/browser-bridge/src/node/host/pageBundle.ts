// Where the page that browsers open is found: prebuilt beside a packed package, else built once from the sources and
// kept in the cache folder. Serves nothing.

import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import envPaths from 'env-paths'
import { PageBuildFailed } from '../../errors.ts'
import type { PageRecord } from './buildPage.ts'

/** A built page: `index.html`, `assets/<build>/*`, and ONNX Runtime's files under `runtime`. */
export interface PageBundle extends PageRecord {
  readonly folder: string
}

/**
 * Fails with PageBuildFailed. Quick where the page is prebuilt or in the cache.
 * @param cache the folder to keep a built page in; else SHOAL_CACHE, else the user's cache folder
 */
export async function pageBundle(cache = defaultCache()): Promise<PageBundle> {
  return (await prebuilt()) ?? (await built(cache))
}

const defaultCache = (): string => process.env['SHOAL_CACHE'] || envPaths('shoal', { suffix: '' }).cache

/** In a package, the page lies in a folder `page` beside or above this file; sources lie in one too, unbuilt. */
async function prebuilt(): Promise<PageBundle | undefined> {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  for (let level = 0; level < 4; level++) {
    const found = await read(path.join(folder, 'page'))
    if (found._tag === 'Whole') return found.bundle
    folder = path.dirname(folder)
  }
  return undefined
}

async function built(cache: string): Promise<PageBundle> {
  let folder = path.join(path.resolve(cache), 'page')
  try {
    const { buildPage, pageSourceKey } = await import('./buildPage.ts')
    folder = path.join(folder, await pageSourceKey())
    const found = await read(folder)
    if (found._tag === 'Whole') return found.bundle
    // A draft is renamed into place whole, so this one was damaged later: what is in the way is of no use.
    if (found._tag === 'Torn') await rm(folder, { recursive: true, force: true })
    return { folder, ...(await buildPage(folder, path.join(cache, 'page-runtime'))) }
  } catch (cause) {
    throw new PageBuildFailed({ folder, cause })
  }
}

type Found =
  | { readonly _tag: 'Absent' }
  /** It has a record that cannot be read. */
  | { readonly _tag: 'Torn' }
  | { readonly _tag: 'Whole'; readonly bundle: PageBundle }

async function read(folder: string): Promise<Found> {
  const text = await readFile(path.join(folder, 'bundle.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return { _tag: 'Absent' }
  try {
    const { build, runtime } = JSON.parse(text) as Partial<PageRecord>
    if (typeof build !== 'string' || typeof runtime !== 'string') return { _tag: 'Torn' }
    return { _tag: 'Whole', bundle: { folder, build, runtime } }
  } catch {
    return { _tag: 'Torn' }
  }
}
