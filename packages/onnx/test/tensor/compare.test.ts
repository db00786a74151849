import type { Tensor } from '@shoal/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededWeights } from '../../src/graph/SeededWeights.ts'
import { compareTensors, type Precision } from '../../src/index.ts'

const float = (...values: number[]): Tensor => ({
  dtype: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
})
const random = new SeededWeights(5).uniform('reference', 1000, Math.sqrt(3))
const reference: Tensor = { dtype: 'float32', dims: [10, 100], data: random }
const shiftedBy = (amount: number): Tensor => ({
  ...reference,
  data: random.map((x, i) => x + (i === 500 ? amount : 0)),
})

describe('a comparison of floats', () => {
  it.each<[Precision, number, boolean]>([
    ['fp32', 5e-5, true],
    ['fp32', 5e-4, false],
    ['fp16', 1e-2, true],
    ['fp16', 5e-2, false],
    ['q8', 0.5, true],
    ['q8', 20, false],
    ['exact', 0, true],
    ['exact', 1e-6, false],
  ])('at %s, one of 1000 elements of rms 1 off by %d: matches %s', (precision, amount, matches) => {
    const compared = compareTensors(shiftedBy(amount), reference, precision)
    expect(compared.matches).toBe(matches)
    expect(compared.reason === undefined).toBe(matches)
  })

  it('reports the greatest difference, its rms and the cosine', () => {
    const compared = compareTensors(float(1, 2), float(1, 4), 'fp32')
    expect(compared.maxAbsDiff).toBe(2)
    expect(compared.rmsDiff).toBeCloseTo(Math.SQRT2)
    expect(compared.cosine).toBeCloseTo(9 / Math.sqrt(5 * 17))
  })

  it('all zeros match all zeros, and nothing else', () => {
    expect(compareTensors(float(0, 0), float(0, 0), 'fp32').matches).toBe(true)
    expect(compareTensors(float(0, 1e-30), float(0, 0), 'fp32').matches).toBe(false)
    expect(compareTensors(float(0, 0), float(1, 0), 'q8').matches).toBe(false)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d never matches, even itself', value => {
    expect(compareTensors(float(1, value), float(1, value), 'fp32')).toMatchObject({
      matches: false,
      reason: 'a value that is not finite',
    })
  })

  it('reads float16 from its bits', () => {
    const half = (...values: number[]): Tensor => ({
      dtype: 'float16',
      dims: [values.length],
      data: new Uint16Array(new Float16Array(values).buffer),
    })
    expect(compareTensors(half(1, -2), half(1, -2), 'fp16').matches).toBe(true)
    expect(compareTensors(half(1, -2), half(1, 2), 'fp16')).toMatchObject({ matches: false, maxAbsDiff: 4 })
  })

  it('any tensor matches itself, and its negative only where it is zero', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), data => {
        const tensor: Tensor = { dtype: 'float32', dims: [data.length], data }
        const negative: Tensor = { ...tensor, data: data.map(x => -x) }
        expect(compareTensors(tensor, tensor, 'fp32').matches).toBe(true)
        expect(compareTensors(negative, tensor, 'fp32').matches).toBe(data.every(x => x === 0))
      }),
    )
  })
})

describe('what cannot be compared does not match', () => {
  it.each([
    [
      'another element type',
      { ...reference, dtype: 'float64', data: Float64Array.from(random) },
      /element type/,
    ],
    ['other dims of the same size', { ...reference, dims: [100, 10] }, /dims/],
    ['data of another length', { ...reference, data: random.subarray(1) }, /values/],
  ] as [string, Tensor, RegExp][])('%s', (_, actual, reason) => {
    const compared = compareTensors(actual, reference, 'q8')
    expect(compared).toMatchObject({ matches: false, reason: expect.stringMatching(reason) })
    expect(compared.maxAbsDiff).toBeNaN()
  })
})

describe('integers, bools and text', () => {
  it('must be equal whatever the precision', () => {
    const ids = (...values: bigint[]): Tensor => ({
      dtype: 'int64',
      dims: [2],
      data: BigInt64Array.from(values),
    })
    expect(compareTensors(ids(1n, 2n), ids(1n, 2n), 'q8').matches).toBe(true)
    expect(compareTensors(ids(1n, 2n), ids(1n, 3n), 'q8')).toMatchObject({
      matches: false,
      reason: 'element 1 is 2, not 3',
      maxAbsDiff: 1,
    })
    const text = (value: string): Tensor => ({ dtype: 'string', dims: [1], data: [value] })
    expect(compareTensors(text('a'), text('a'), 'fp32').matches).toBe(true)
    expect(compareTensors(text('a'), text('b'), 'fp32').matches).toBe(false)
  })
})
