import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cacheRoot, dropEntry, writeEntry } from '../../src/folder/CacheFolder.ts'
import { CacheUnwritable } from '../../src/index.ts'
import { temporaryFolder } from '../temporaryFolder.ts'

const folder = temporaryFolder()
const fill = (text: string) => (draft: string) => writeFile(join(draft, 'file'), text)
const leftovers = (parent: string) => readdirSync(parent).filter(name => name.startsWith('.'))

describe('where the cache is', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('is the argument before all, then SHOAL_CACHE, then the user’s own', () => {
    vi.stubEnv('SHOAL_CACHE', '/env')
    expect(cacheRoot('/given')).toBe('/given')
    expect(cacheRoot()).toBe('/env')
    vi.stubEnv('SHOAL_CACHE', '')
    expect(cacheRoot()).toMatch(/shoal/)
  })
})

describe('an entry', () => {
  it('appears whole, under its name, and leaves no draft', async () => {
    const parent = join(folder, 'whole')
    const place = await writeEntry(parent, 'a', async draft => {
      await fill('x')(draft)
      expect(existsSync(join(parent, 'a'))).toBe(false)
    })
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe('x')
    expect(leftovers(parent)).toEqual([])
  })

  it('appears beside others that are written at the same moment, where no folder of the cache is there yet', async () => {
    for (let round = 0; round < 20; round++) {
      const parent = join(folder, `fresh-${round}`, 'cache', 'shoal', 'seeded')
      const places = await Promise.all(['a', 'b', 'c', 'd'].map(name => writeEntry(parent, name, fill(name))))
      expect(places.map(place => readFileSync(join(place, 'file'), 'utf8'))).toEqual(['a', 'b', 'c', 'd'])
    }
  })

  it('that fails half way never appears, and the error is the writer’s own', async () => {
    const parent = join(folder, 'half')
    const failing = writeEntry(parent, 'a', async draft => {
      await fill('x')(draft)
      throw new TypeError('half way')
    })
    await expect(failing).rejects.toThrow(new TypeError('half way'))
    expect(readdirSync(parent)).toEqual([])
  })

  it('written by several at once is one of theirs, and all succeed', async () => {
    const parent = join(folder, 'race')
    const places = await Promise.all(['1', '2', '3', '4'].map(text => writeEntry(parent, 'a', fill(text))))
    expect(new Set(places)).toEqual(new Set([join(parent, 'a')]))
    expect('1234').toContain(readFileSync(join(parent, 'a', 'file'), 'utf8'))
    expect(leftovers(parent)).toEqual([])
  })

  it('dropped is gone; dropping what is not there is no error', async () => {
    const parent = join(folder, 'drop')
    await writeEntry(parent, 'a', fill('x'))
    await dropEntry(parent, 'a')
    await dropEntry(parent, 'a')
    expect(readdirSync(parent)).toEqual([])
  })

  it('drafts that a dead writer left over an hour ago are swept, fresh ones are not', async () => {
    const parent = join(folder, 'sweep')
    for (const name of ['.writing-old', '.writing-new']) mkdirSync(join(parent, name), { recursive: true })
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000)
    utimesSync(join(parent, '.writing-old'), longAgo, longAgo)
    await writeEntry(parent, 'a', fill('x'))
    expect(readdirSync(parent).sort()).toEqual(['.writing-new', 'a'])
  })
})

describe('a cache that cannot be written', () => {
  it('is a typed error that names the folder and the ways out, in one line', async () => {
    const blocked = join(folder, 'blocked')
    writeFileSync(blocked, 'a file')
    const error = await writeEntry(join(blocked, 'seeded'), 'a', fill('x')).catch(caught => caught)
    expect(error).toBeInstanceOf(CacheUnwritable)
    expect(error).toMatchObject({
      _tag: 'CacheUnwritable',
      reason: 'ENOTDIR',
      folder: join(blocked, 'seeded'),
    })
    expect(error.message).toMatch(
      /^[^\n]*a file stands where a folder should be; choose another with --cache or SHOAL_CACHE[^\n]*$/,
    )
  })

  it('so is a file system without room or permission', async () => {
    for (const [code, words] of [
      ['ENOSPC', 'the disk is full'],
      ['EROFS', 'the file system is read-only'],
      ['EACCES', 'permission is denied'],
    ] as const) {
      const refusing = () => Promise.reject(Object.assign(new Error(code), { code }))
      const error = await writeEntry(join(folder, 'refusing'), 'a', refusing).catch(caught => caught)
      expect(error).toMatchObject({
        _tag: 'CacheUnwritable',
        reason: code,
        message: expect.stringContaining(words),
      })
    }
  })
})
