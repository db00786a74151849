// A folder of folders, each written whole or not at all: an entry is filled under a temporary name beside its
// place and renamed into it. Two writers of one entry both succeed; a writer that dies leaves only a temporary
// folder, which a later writer sweeps. Knows nothing of models.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { CacheUnwritable } from '../errors.ts'

const temporary = '.writing-'
const abandonedAfterMs = 60 * 60 * 1000

/** Where Shoal caches: the argument, else SHOAL_CACHE, else the operating system's cache folder for this user. */
export function cacheRoot(given?: string): string {
  return given || process.env['SHOAL_CACHE'] || envPaths('shoal', { suffix: '' }).cache
}

/**
 * Fills `parent/name` by `fill`, which writes into the folder it is given. Returns the entry's path; where another
 * writer was first, theirs stays and ours is discarded.
 * @throws CacheUnwritable where the file system refuses.
 */
export async function writeEntry(
  parent: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const place = join(parent, name)
  const draft = join(parent, `${temporary}${randomUUID()}`)
  try {
    await makeFolder(draft)
    await fill(draft)
    await rename(draft, place).catch(async error => {
      if (!(await exists(place))) throw error
    })
  } catch (error) {
    throw unwritable(parent, error)
  } finally {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined)
  }
  await sweep(parent)
  return place
}

/** As mkdir's `recursive` does, except that Node's never returns where a folder refuses with ENOENT, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (code(error) === 'EEXIST') return
    if (code(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder).catch(again => {
      // Another writer was at the same folder, and first.
      if (code(again) !== 'EEXIST') throw again
    })
  }
}

/** Takes a damaged entry out of the way. @throws CacheUnwritable */
export async function dropEntry(parent: string, name: string): Promise<void> {
  const aside = join(parent, `${temporary}${randomUUID()}`)
  try {
    // Renamed first: a reader sees the entry whole or not at all, never half removed.
    await rename(join(parent, name), aside)
    await rm(aside, { recursive: true, force: true })
  } catch (error) {
    if (code(error) !== 'ENOENT') throw unwritable(parent, error)
  }
}

async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names.filter(each => each.startsWith(temporary))) {
    const path = join(parent, name)
    const info = await stat(path).catch(() => undefined)
    if (info !== undefined && Date.now() - info.mtimeMs > abandonedAfterMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

const why: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a file stands where a folder should be',
  EEXIST: 'a file stands where a folder should be',
}

function unwritable(folder: string, error: unknown): unknown {
  const errno = code(error)
  // Only the file system's own refusals; an error in what is written is not the cache's.
  if (errno === undefined) return error
  const message = `The cache folder ${folder} cannot be written: ${why[errno] ?? errno}; choose another with --cache or SHOAL_CACHE, or make this one writable`
  return new CacheUnwritable({ folder, reason: errno, message })
}

function code(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
