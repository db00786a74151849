import type { FoundBrowser } from '@shoal/browser-bridge'
import { describe, expect, it } from 'vitest'
import type { NamedSource } from '../../src/fleet/browserSources.ts'
import { Sources } from '../../src/fleet/Sources.ts'

const found = (kind: FoundBrowser['kind']): FoundBrowser => ({
  kind,
  executablePath: `/${kind}`,
  headlessShell: false,
  version: '1',
  channel: 'stable',
  source: 'path',
})
const none = new Set<string>()
const both = () => new Sources([found('chromium'), found('firefox')])

describe('the sources of browsers', () => {
  it('come in the order that the models prefer, else in the order in which they were found', () => {
    expect(both().usable([], none)).toEqual(['chromium', 'firefox'])
    expect(both().usable(['firefox'], none)).toEqual(['firefox', 'chromium'])
  })

  it('of which a browser had to be replaced come after the others, whatever is preferred', () => {
    const sources = both()
    sources.unwell('firefox')
    expect(sources.usable(['firefox', 'chromium'], none)).toEqual(['chromium', 'firefox'])
    sources.unwell('chromium')
    expect(sources.usable(['firefox', 'chromium'], none)).toEqual(['firefox', 'chromium'])
  })

  it('that gave up twice are not tried again, unless one served between', () => {
    const sources = both()
    sources.failed('chromium', new Error('no display'))
    sources.served('chromium')
    sources.failed('chromium', new Error('no display'))
    expect(sources.usable([], none)).toEqual(['chromium', 'firefox'])
    sources.failed('chromium', new Error('no display'))
    expect(sources.usable([], none)).toEqual(['firefox'])
    expect(sources.noBrowser().message).toBe('No browser could be started: no display')
  })

  it('that are one browser cannot be had twice', () => {
    const endpoint: NamedSource = {
      name: 'chromium',
      kind: 'chromium',
      version: '',
      source: { connect: 'http://localhost:9222' },
      launch: {},
      isOne: true,
    }
    expect(new Sources([endpoint]).usable([], none)).toEqual(['chromium'])
    expect(new Sources([endpoint]).usable([], new Set(['chromium']))).toEqual([])
  })

  it('number their browsers', () => {
    const sources = both()
    expect([sources.nextId('firefox'), sources.nextId('chromium'), sources.nextId('firefox')]).toEqual([
      'firefox-1',
      'chromium-1',
      'firefox-2',
    ])
  })
})
