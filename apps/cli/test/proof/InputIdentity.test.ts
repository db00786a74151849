import { describe, expect, it } from 'vitest'
import { InputIdentity } from '../../src/proof/InputIdentity.ts'

describe('InputIdentity', () => {
  it('takes the same tensors for the same input, in each browser its own', () => {
    const identity = new InputIdentity()
    expect(identity.fault('vit chromium', 0, 'x')).toBeUndefined()
    expect(identity.fault('vit chromium', 0, 'x')).toBeUndefined()
    expect(identity.fault('vit firefox', 0, 'y')).toBeUndefined()
  })

  it('finds an answer that was swapped with another one’s', () => {
    const identity = new InputIdentity()
    identity.fault('vit chromium', 0, 'x')
    identity.fault('vit chromium', 1, 'y')
    expect(identity.fault('vit chromium', 0, 'y')).toBe('the answer to input 0 was made of input 1')
  })

  it('finds an input that was preprocessed in two ways', () => {
    const identity = new InputIdentity()
    identity.fault('vit chromium', 0, 'x')
    expect(identity.fault('vit chromium', 0, 'z')).toBe('input 0 was preprocessed in two ways')
  })
})
