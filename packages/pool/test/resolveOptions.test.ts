import { describe, expect, it } from 'vitest'
import { InvalidOption } from '../src/errors.ts'
import type { PoolOptions } from '../src/PoolOptions.ts'
import { resolveOptions } from '../src/resolveOptions.ts'

describe('resolveOptions', () => {
  it('keeps one connection to four, shares the cores among them, and sets a deadline', () => {
    expect(resolveOptions({}, 8)).toMatchObject({
      minConnections: 1,
      maxConnections: 4,
      threads: 2,
      adaptiveScaling: true,
      deadlineMs: 60_000,
      terminateAfterMs: 10_000,
    })
  })

  it('raises the maximum to a minimum above it', () => {
    expect(resolveOptions({ minConnections: 6 }, 2)).toMatchObject({ maxConnections: 6, threads: 1 })
  })

  it('may do without browsers of its own where devices join', () => {
    expect(resolveOptions({ maxConnections: 0, join: true }, 4)).toMatchObject({
      minConnections: 0,
      maxConnections: 0,
      threads: 4,
      join: {},
    })
  })

  it('takes an option that is there and undefined for one that is left out', () => {
    const left = resolveOptions({}, 2)
    const undefineds = { memory: { perPage: undefined }, scaling: { coolDownMs: undefined }, hub: undefined }
    expect(resolveOptions(undefineds as unknown as PoolOptions, 2)).toEqual(left)
  })

  it('takes the signal that a pool is started with', () => {
    const { signal } = new AbortController()
    expect(resolveOptions({ signal } as PoolOptions, 2)).toEqual(resolveOptions({}, 2))
  })

  const wrong: readonly [string, PoolOptions][] = [
    ['minConnections', { minConnections: 0 }],
    ['minConnections', { minConnections: 3, maxConnections: 2 }],
    ['maxConnections', { maxConnections: 1.5 }],
    ['minConnections', { maxConnections: 0 }],
    ['deadlineMs', { deadlineMs: 0 }],
    ['terminateAfterMs', { terminateAfterMs: 0 }],
    ['memory.perPage', { memory: { perPage: 0 } }],
    ['memory.total', { memory: { total: Number.NaN } }],
    ['memory.perpage', { memory: { perpage: 1 } as PoolOptions['memory'] & object }],
    ['idleUnloadMs', { idleUnloadMs: -1 }],
    ['port', { port: 70_000 }],
    ['browsers', { browsers: [] }],
    ['browsers', { browsers: ['opera' as 'edge'] }],
    ['browsers', { browsers: [{} as { kind: 'edge' }] }],
    ['browsers.chanel', { browsers: [{ kind: 'chrome', chanel: 'beta' } as { kind: 'chrome' }] }],
    ['maxConnection', { maxConnection: 2 } as PoolOptions],
    ['headless', { headless: 'no' as unknown as boolean }],
    ['hub', { hub: 5 as unknown as string }],
    ['join', { join: 'yes' as unknown as true }],
    ['modelFolders', { modelFolders: 'models' as unknown as string[] }],
    ['recycle.afterHours', { recycle: { afterHours: 3 } as PoolOptions['recycle'] & object }],
    ['browserPreferences.sound', { browserPreferences: { sound: 'firefox' } as object }],
    ['browserPreferences.audio', { browserPreferences: { audio: ['safarii' as 'webkit'] } }],
    ['browserPreferences.audio.colour', { browserPreferences: { audio: { colour: 'red' } as object } }],
    [
      'browserPreferences.audio.browsers',
      { browserPreferences: { audio: { browsers: 'safarii' as 'webkit' } } },
    ],
    [
      'browserPreferences.audio.backend',
      { browserPreferences: { audio: { backend: 'webnn-npu' as 'webnn' } } },
    ],
  ]
  it.each(wrong)('refuses a wrong %s: %o', (option, options) => {
    const refused = resolveOptions(options, 2)
    expect(refused).toBeInstanceOf(InvalidOption)
    expect(refused).toMatchObject({ option })
  })
})
