import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../src/resolveOptions.ts'
import { defaultRules, type ScalingRules, scalingFault } from '../../src/scaling/ScalingPolicy.ts'

describe('the scaling rules', () => {
  it('are sound by default', () => {
    expect(scalingFault(defaultRules)).toBeUndefined()
  })

  const wrong: readonly { rules: Partial<ScalingRules>; option: string }[] = [
    { rules: { outAbove: 0 }, option: 'scaling.outAbove' },
    { rules: { outAbove: 1.2 }, option: 'scaling.outAbove' },
    { rules: { inBelow: -0.1 }, option: 'scaling.inBelow' },
    { rules: { memoryShare: Number.NaN }, option: 'scaling.memoryShare' },
    { rules: { coolDownMs: 0 }, option: 'scaling.coolDownMs' },
    { rules: { backlogMs: Number.POSITIVE_INFINITY }, option: 'scaling.backlogMs' },
    { rules: { windowMs: 1_000, surgeMs: 2_000 }, option: 'scaling.surgeMs' },
    { rules: { seasonMs: 1_000 }, option: 'scaling.seasonMs' },
  ]
  it.each(wrong)('refuse $option out of its range: $rules', ({ rules, option }) => {
    expect(scalingFault({ ...defaultRules, ...rules })).toMatchObject({ _tag: 'InvalidOption', option })
  })

  const elsewhere: readonly { name: string; says: string }[] = [
    { name: 'scaleUpThreshold', says: 'it is called outAbove here' },
    { name: 'scaleDownThreshold', says: 'it is called inBelow here' },
    { name: 'scalingCooldown', says: 'it is called coolDownMs here' },
    { name: 'smoothingFactor', says: 'set windowMs and surgeMs' },
    { name: 'enablePredictive', says: 'set seasonMs' },
    { name: 'anything', says: 'the rules are outAbove, inBelow' },
  ]
  it.each(elsewhere)('refuse $name, and say what to use', ({ name, says }) => {
    const fault = scalingFault({ ...defaultRules, [name]: 1 })
    expect(fault).toMatchObject({ _tag: 'UnsupportedOption', option: `scaling.${name}` })
    expect(fault?.message).toContain(says)
  })

  it('are checked where a pool is started', () => {
    expect(resolveOptions({ scaling: { outAbove: 2 } }, 4)).toMatchObject({ _tag: 'InvalidOption' })
    expect(resolveOptions({ scaling: { warmSpare: true } }, 4)).toMatchObject({
      scaling: { ...defaultRules, warmSpare: true },
    })
    expect(resolveOptions({ maxConnections: 1, scaling: { warmSpare: true } }, 4)).toMatchObject({
      _tag: 'InvalidOption',
      option: 'scaling.warmSpare',
    })
  })
})
