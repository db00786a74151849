// Where the page that browsers open is found: prebuilt beside a packed package, else built once from the sources and
// kept in the cache folder. Serves nothing.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Data } from 'effect'
import envPaths from 'env-paths'
import type { PageRecord } from './buildPage.ts'

/** A built page: `index.html`, `assets/<build>/*`, and ONNX Runtime's files under `runtime`. */
export interface PageBundle extends PageRecord {
  readonly folder: string
}

/** Occurs when there is no prebuilt page and building one from the sources failed. */
export class PageBuildFailed extends Data.TaggedError('PageBuildFailed')<{
  readonly folder: string
  readonly cause: unknown
}> {
  override get message(): string {
    // A bundler throws errors of its own kinds: only their message is sure.
    const { message = 'no reason given' } = (this.cause ?? {}) as { readonly message?: string }
    const [line = ''] = message.split('\n', 1)
    return `The page for browsers could not be built into ${this.folder}: ${line}. Check that the folder is writable (SHOAL_CACHE names another) and that the development dependencies are installed.`
  }
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
    if (found !== undefined) return found
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
    if (found !== undefined) return found
    return { folder, ...(await buildPage(folder, path.join(cache, 'page-runtime'))) }
  } catch (cause) {
    throw new PageBuildFailed({ folder, cause })
  }
}

async function read(folder: string): Promise<PageBundle | undefined> {
  let text: string
  try {
    text = await readFile(path.join(folder, 'bundle.json'), 'utf8')
  } catch {
    return undefined
  }
  const { build, runtime } = JSON.parse(text) as PageRecord
  return { folder, build, runtime }
}
