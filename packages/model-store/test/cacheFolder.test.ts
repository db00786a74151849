import { homedir } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultCacheFolder } from '../src/cacheFolder.ts'

describe('the cache folder', () => {
  it('is SHOAL_CACHE, made absolute', () => {
    expect(defaultCacheFolder({ SHOAL_CACHE: 'somewhere' })).toBe(resolve('somewhere'))
  })

  it.each([{}, { SHOAL_CACHE: '' }])('else is the user’s own, named after us: %j', env => {
    const folder = defaultCacheFolder(env)
    expect(isAbsolute(folder)).toBe(true)
    expect(folder).toMatch(/shoal/)
    if (process.env['XDG_CACHE_HOME'] === undefined) expect(folder.startsWith(homedir())).toBe(true)
  })
})
