import { describe, expect, it } from 'vitest'
import { type ModelSpec, resolveSpec } from '../../src/ModelSpec.ts'
import { ignoredOptions } from '../../src/model/IgnoredOption.ts'

const parallelLoading = { optimizations: { parallelLoading: true } }

describe('what was asked for and changes nothing', () => {
  const cases: readonly [string, Omit<ModelSpec, 'name'>, number, RegExp | undefined][] = [
    ['loading in parallel from this disk', parallelLoading, 0, /its files are on this disk/],
    ['loading in parallel of the one file that was missing', parallelLoading, 1, /one file was fetched/],
    ['not loading in parallel from a hub', parallelLoading, 2, undefined],
    ['not loading in parallel into devices', { ...parallelLoading, trust: 'any' }, 0, undefined],
    ['not what nobody asked for', {}, 0, undefined],
  ]
  it.each(cases)('is %s', (_, spec, fetched, reason) => {
    const resolved = resolveSpec({ name: 'm', ...spec })
    if (resolved instanceof Error) throw resolved
    const option = 'optimizations.parallelLoading'
    expect(ignoredOptions(resolved, fetched)).toEqual(
      reason === undefined ? [] : [{ option, reason: expect.stringMatching(reason) }],
    )
  })
})
