import type { Backend, BrowserKind } from '@shoal/browser-bridge'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelTypes } from '../../src/ModelType.ts'
import { RecentHistory } from '../../src/PerformanceHistory.ts'
import {
  type BrowserPreferences,
  believedMs,
  byBelief,
  lanePreference,
  preferenceOf,
  startOrder,
} from '../../src/routing/preferences.ts'
import { route } from '../../src/routing/route.ts'
import { lane } from './lanes.ts'

describe('the preference table', () => {
  it('is the one of the description', () => {
    const chromes = ['chrome', 'chromium', 'edge']
    const rows = modelTypes.map(type => [type, preferenceOf(type)] as const)
    expect(Object.fromEntries(rows)).toEqual({
      audio: { browsers: ['firefox'], backend: 'webgpu', precompileShaders: false },
      vision: { browsers: chromes, backend: undefined, precompileShaders: true },
      text_embedding: {
        browsers: ['edge', 'chrome', 'chromium'],
        backend: 'webnn',
        precompileShaders: false,
      },
      text_generation: { browsers: chromes, backend: undefined, precompileShaders: false },
      multimodal: { browsers: chromes, backend: undefined, precompileShaders: false },
      graph: { browsers: [], backend: undefined, precompileShaders: false },
    })
  })

  const overrides: readonly [string, BrowserPreferences, ReturnType<typeof preferenceOf>][] = [
    [
      'a browser, and keeps the rest',
      { audio: 'chrome' },
      { browsers: ['chrome'], backend: 'webgpu', precompileShaders: false },
    ],
    [
      'several browsers',
      { audio: ['edge', 'chrome'] },
      { browsers: ['edge', 'chrome'], backend: 'webgpu', precompileShaders: false },
    ],
    [
      'the back-end, and keeps the browsers',
      { audio: { backend: 'wasm' } },
      { browsers: ['firefox'], backend: 'wasm', precompileShaders: false },
    ],
    [
      'the back-end with none',
      { audio: { backend: 'any', browsers: 'webkit' } },
      { browsers: ['webkit'], backend: undefined, precompileShaders: false },
    ],
    [
      'whether shaders are compiled first',
      { audio: { precompileShaders: true } },
      { browsers: ['firefox'], backend: 'webgpu', precompileShaders: true },
    ],
    [
      'nothing of another type',
      { vision: 'edge' },
      { browsers: ['firefox'], backend: 'webgpu', precompileShaders: false },
    ],
  ]
  it.each(overrides)('lets the user override %s', (_, own, expected) => {
    expect(preferenceOf('audio', own)).toEqual(expected)
  })
})

describe('lanePreference', () => {
  const on = (browser: string, backend: Backend, software = false) => ({ browser, backend, software })
  const cases = [
    ['audio', on('firefox', 'webgpu'), 0, 'firefox on webgpu, preferred for audio'],
    ['audio', on('firefox', 'wasm'), 1, 'preference 1 for audio: firefox on webgpu first'],
    // What compute shaders are preferred for is a GPU.
    ['audio', on('firefox', 'webgpu', true), 1, 'preference 1 for audio: firefox on webgpu first'],
    ['audio', on('chrome', 'webgpu'), 1, 'preference 1 for audio: firefox on webgpu first'],
    ['audio', on('chrome', 'wasm'), 2, 'preference 2 for audio: firefox on webgpu first'],
    ['text_embedding', on('edge', 'webnn-npu'), 0, 'edge on webnn, preferred for text_embedding'],
    ['text_embedding', on('edge', 'wasm'), 1, 'preference 1 for text_embedding: edge on webnn first'],
    [
      'text_embedding',
      on('chromium', 'webnn-gpu'),
      2,
      'preference 2 for text_embedding: edge on webnn first',
    ],
    ['vision', on('chrome', 'wasm'), 0, 'chrome, preferred for vision'],
    ['vision', on('firefox', 'wasm'), 3, 'preference 3 for vision: chrome first'],
    ['multimodal', on('chromium', 'webgpu'), 1, 'preference 1 for multimodal: chrome first'],
    ['graph', on('firefox', 'wasm'), 0, 'nothing is preferred for graph'],
  ] as const
  it.each(cases)('ranks for %s %o as %d', (type, named, rank, reason) => {
    expect(lanePreference(type, named, {})).toEqual({ rank, reason })
  })
})

describe('startOrder', () => {
  const measured = (times: Partial<Record<BrowserKind, number>>) => (kind: BrowserKind) => times[kind]
  const cases: readonly [string, Partial<Record<BrowserKind, number>>, readonly BrowserKind[]][] = [
    ['as the table has it where nothing was measured', {}, ['chrome', 'chromium', 'edge']],
    [
      'the one that was measured faster before the one that is preferred',
      { chrome: 30, edge: 10 },
      ['edge', 'chromium', 'chrome'],
    ],
    [
      'one that the table does not name, where it was measured to be the fastest of all',
      { firefox: 5, chrome: 30, chromium: 20, edge: 25 },
      ['firefox', 'chromium', 'edge', 'chrome'],
    ],
    [
      'the one that is preferred, until it was measured',
      { firefox: 5, chromium: 20 },
      ['chrome', 'firefox', 'edge', 'chromium'],
    ],
  ]
  it.each(cases)('is %s', (_, times, expected) => {
    expect(startOrder('vision', {}, measured(times))).toEqual(expected)
  })
})

describe('a preference', () => {
  const anyRanks = fc.array(fc.nat(4), { minLength: 3, maxLength: 3 })

  it('decides nothing any more once each lane has answered a few times, not even among equals', () => {
    const names = ['a', 'b', 'c'] as const
    const anyMs = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(anyMs, anyRanks, fc.integer({ min: 1, max: 9 }), (times, ranks, answers) => {
        const history = new RecentHistory()
        for (const [at, browser] of names.entries())
          for (let n = 0; n < answers; n++) history.record('m', { browser, backend: 'wasm' }, times[at] ?? 0)
        const choiceBy = (preferences: readonly number[]) =>
          route(
            names.map((name, at) => {
              const known = history.serviceTime('m', { browser: name, backend: 'wasm' })
              const { meanMs, samples = 0 } = known ?? {}
              return lane(name, { serviceMs: meanMs, samples, preference: preferences[at] ?? 0 })
            }),
          )
        expect(choiceBy(ranks)).toEqual(choiceBy([0, 0, 0]))
      }),
    )
  })

  it('is worth a factor of the expected time for each step, until then', () => {
    expect([0, 1, 2].map(rank => believedMs(rank, 80))).toEqual([80, 100, 125])
    expect(byBelief(['first', 'second'], name => (name === 'second' ? 81 : undefined))).toEqual([
      'first',
      'second',
    ])
    expect(byBelief(['first', 'second', 'third'], name => (name === 'third' ? 10 : undefined))).toEqual([
      'first',
      'third',
      'second',
    ])
  })

  it('is said in the reason, and no more once the lane was measured', () => {
    const preferred = 'firefox on webgpu, preferred for audio'
    expect(route([lane('firefox', { preferred })])).toMatchObject({
      reason: `1.0 ms expected (not measured yet; ${preferred}), the only lane that holds it`,
    })
    expect(route([lane('firefox', { preferred, serviceMs: 7 })])).toMatchObject({
      reason: '7.0 ms expected (measured over 9), the only lane that holds it',
    })
  })
})
