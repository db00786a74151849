import { expect, it } from 'vitest'
import { LoadFactors } from '../../src/model/LoadFactors.ts'

const mib = 2 ** 20

it('predicts from the files by the back-end’s prior, until one was measured', () => {
  const factors = new LoadFactors()
  expect(factors.predict('k', 100 * mib, 'wasm')).toEqual({ bytes: 136 * mib, are: 'predicted' })
  expect(factors.predict('k', 100 * mib, 'webgpu')).toEqual({ bytes: 200 * mib, are: 'predicted' })
})

it('knows a model that was measured, and predicts others by the largest factor of late', () => {
  const factors = new LoadFactors()
  expect(factors.learn('a', 100 * mib, 'wasm', 110 * mib)).toEqual({ bytes: 110 * mib, are: 'measured' })
  expect(factors.learn('b', 100 * mib, 'wasm', 105 * mib)).toEqual({ bytes: 105 * mib, are: 'measured' })
  expect(factors.predict('c', 100 * mib, 'wasm').bytes).toBeCloseTo(110 * mib, -1)
  expect(factors.predict('a', 100 * mib, 'wasm')).toEqual({ bytes: 110 * mib, are: 'measured' })
  for (let count = 0; count < 16; count++) factors.learn(`d${count}`, 100 * mib, 'wasm', 120 * mib)
  expect(factors.factor('wasm')).toBeCloseTo(1.2)
})

it.each<[string, number, 'wasm' | 'webgpu', number | undefined]>([
  ['a growth below the files: it went where others had been', 100 * mib, 'wasm', 10 * mib],
  ['nothing seen', 100 * mib, 'wasm', undefined],
  ['a device that holds the weights outside the heap', 100 * mib, 'webgpu', 110 * mib],
])('does not learn from %s', (_what, files, backend, grewBy) => {
  const factors = new LoadFactors()
  const before = factors.predict('k', files, backend)
  expect(factors.learn('k', files, backend, grewBy)).toEqual(before)
})

it('learns of a small model itself, and nothing for others, whose heap grows in the same steps', () => {
  const factors = new LoadFactors()
  expect(factors.learn('small', mib, 'wasm', 16 * mib)).toEqual({ bytes: 16 * mib, are: 'measured' })
  expect(factors.factor('wasm')).toBe(1.36)
})
