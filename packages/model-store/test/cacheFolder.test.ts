import { describe, expect, it } from 'vitest'
import { defaultCacheFolder } from '../src/cacheFolder.ts'

describe('the cache folder', () => {
  it.each([
    ['linux', {}, '/home/u', '/home/u/.cache/shoal'],
    ['linux', { XDG_CACHE_HOME: '/var/c' }, '/home/u', '/var/c/shoal'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/u', '/home/u/.cache/shoal'],
    ['linux', { SHOAL_CACHE: '/fast/shoal', XDG_CACHE_HOME: '/var/c' }, '/home/u', '/fast/shoal'],
    ['linux', { SHOAL_CACHE: '' }, '/home/u', '/home/u/.cache/shoal'],
    ['darwin', {}, '/Users/u', '/Users/u/Library/Caches/shoal'],
    [
      'win32',
      { LOCALAPPDATA: 'C:\\Users\\u\\AppData\\Local' },
      'C:\\Users\\u',
      'C:\\Users\\u\\AppData\\Local\\shoal',
    ],
    ['win32', {}, 'C:\\Users\\u', 'C:\\Users\\u\\AppData\\Local\\shoal'],
  ])('on %s with %j', (platform, env, home, expected) => {
    expect(defaultCacheFolder(env, platform, home)).toBe(expected)
  })
})
