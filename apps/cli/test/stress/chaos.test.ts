import type { BrowserInfo } from '@shoal/pool'
import { describe, expect, it } from 'vitest'
import { chaos } from '../../src/stress/chaos/Chaos.ts'
import { type FaultName, faultNames } from '../../src/stress/chaos/Fault.ts'

const browsers: readonly BrowserInfo[] = (['chromium', 'firefox'] as const).map(kind => ({
  id: `${kind}-1`,
  kind,
  version: '1',
  pid: 1,
  connections: ['c'],
  running: 1,
  isSpare: false,
}))

/** The first so many strikes: which, and where. */
async function strikes(seed: number, count: number): Promise<readonly (readonly [FaultName, string])[]> {
  const struck: (readonly [FaultName, string])[] = []
  const enough = new AbortController()
  const faults = faultNames.map(name => ({
    name,
    kinds: 'all' as const,
    strike: async ({ kind }: BrowserInfo) => {
      struck.push([name, kind])
      if (struck.length === count) enough.abort()
      return true
    },
  }))
  const options = { faults, everyMs: 1, seed, browsers: () => browsers, elapsed: () => 0, onStruck: () => {} }
  await chaos(options, enough.signal)
  return struck
}

describe('faults', () => {
  it('come each once in a round, in an order that the seed decides', async () => {
    const first = await strikes(1, 12)
    expect(
      first
        .slice(0, 6)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...faultNames].sort())
    expect(
      first
        .slice(6)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...faultNames].sort())
    expect(await strikes(1, 12)).toEqual(first)
    expect(await strikes(2, 12)).not.toEqual(first)
  })

  it('strike each kind of browser in turn', async () => {
    const kinds = (await strikes(3, 8)).map(([, kind]) => kind)
    expect(new Set(kinds)).toEqual(new Set(['chromium', 'firefox']))
    expect(kinds.filter(kind => kind === 'chromium')).toHaveLength(4)
  })
})
