import { describe, expect, it } from 'vitest'
import {
  elementCount,
  joinChunks,
  type Tensor,
  tensorBytes,
  tensorDtypes,
  tensorFault,
  tensorOf,
  zeros,
} from '../src/index.ts'

describe('dims', () => {
  it.each([
    [[], 1],
    [[2, 3], 6],
    [[2, 0, 3], 0],
    [[-1], undefined],
    [[1.5], undefined],
    [[Number.NaN], undefined],
    [[2 ** 32, 2 ** 32], undefined],
  ])('[%s] hold %s elements', (dims, count) => {
    expect(elementCount(dims)).toBe(count)
  })
})

describe('a tensor', () => {
  it.each(tensorDtypes)('of %s zeros is sound', dtype => {
    const tensor = zeros(dtype, [2, 3])
    expect(tensorFault(tensor)).toBeUndefined()
    expect(tensor.data).toHaveLength(6)
    expect(new Set<unknown>(tensor.data)).toEqual(
      new Set([dtype === 'string' ? '' : dtype.includes('int64') ? 0n : 0]),
    )
  })

  it('of zeros needs dims that are sizes', () => {
    expect(() => zeros('int8', [-1])).toThrow(RangeError)
  })

  it.each([
    ['float32', [1, '0.5'], Float32Array.of(1, 0.5)],
    ['int64', [1, '-9007199254740993', 2n], BigInt64Array.of(1n, -9007199254740993n, 2n)],
    ['float16', [0x3c00], Uint16Array.of(0x3c00)],
    ['bool', [true, 0], Uint8Array.of(1, 0)],
    ['string', ['a', 1], ['a', '1']],
  ] as const)('of %s is made of plain values: %o', (dtype, values, data) => {
    expect(tensorOf(dtype, [values.length], values)).toEqual({ dtype, dims: [values.length], data })
  })

  it('has its own bytes, not copies', () => {
    const data = Int16Array.of(9, 1, -1).subarray(1)
    const bytes = tensorBytes({ dtype: 'int16', dims: [2], data })
    expect([...bytes]).toEqual([1, 0, 255, 255])
    expect(bytes.buffer).toBe(data.buffer)
    expect(tensorBytes(zeros('string', [2]))).toHaveLength(0)
  })

  it.each([
    [
      'dims that are no sizes',
      { dtype: 'int8', dims: [-1], data: new Int8Array(0) },
      'dims [-1] are not sizes',
    ],
    [
      'an element type that there is not',
      { dtype: 'int4', dims: [1], data: new Int8Array(1) },
      "dtype 'int4' is unknown",
    ],
    [
      'data of another type',
      { dtype: 'bool', dims: [1], data: new Int8Array(1) },
      'bool data must be a Uint8Array',
    ],
    ['plain numbers', { dtype: 'float32', dims: [1], data: [1] }, 'float32 data must be a Float32Array'],
    [
      'strings that are none',
      { dtype: 'string', dims: [1], data: [1] },
      'string data must be an array of strings',
    ],
    [
      'too few elements',
      { dtype: 'float32', dims: [2, 2], data: new Float32Array(3) },
      'dims [2, 2] hold 4 elements, data has 3',
    ],
  ])('is not sound with %s', (_, tensor, fault) => {
    expect(tensorFault(tensor as unknown as Tensor)).toBe(fault)
  })
})

describe('chunks joined', () => {
  it('are one array in order', () => {
    const chunks = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(9, 3).subarray(1)]
    expect([...joinChunks(chunks)]).toEqual([1, 2, 3])
    expect(joinChunks([])).toHaveLength(0)
  })

  it('are not copied where there is one, with a buffer of its own', () => {
    const whole = Uint8Array.of(1, 2)
    expect(joinChunks([whole]).buffer).toBe(whole.buffer)
    const part = whole.subarray(1)
    expect(joinChunks([part]).buffer).not.toBe(whole.buffer)
  })
})
