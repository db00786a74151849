import { type NamedTensor, tensorOf } from '@shoal/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinRows, takeRows } from '../../src/batching/rows.ts'

const named = (name: string, ...rest: Parameters<typeof tensorOf>): NamedTensor => ({
  name,
  ...tensorOf(...rest),
})

describe('joinRows', () => {
  it('puts rows below each other, and fills what others have more of', () => {
    const joined = joinRows(
      [named('x', 'int64', [1, 2], [1, 2]), named('x', 'int64', [2, 3], [3, 4, 5, 6, 7, 8])],
      9,
    )
    expect(joined).toEqual(named('x', 'int64', [3, 3], [1, 2, 9, 3, 4, 5, 6, 7, 8]))
  })

  it('joins strings too', () => {
    const joined = joinRows(
      [named('s', 'string', [1, 1], ['a']), named('s', 'string', [1, 2], ['b', 'c'])],
      0,
    )
    expect(joined).toEqual(named('s', 'string', [2, 2], ['a', '', 'b', 'c']))
  })

  it('leaves one alone as it is', () => {
    const only = named('x', 'float32', [1, 2], [1, 2])
    expect(joinRows([only], 0)).toBe(only)
  })
})

describe('takeRows', () => {
  it('gives each part back exactly as it came, whatever rank, widths and number of parts', () => {
    const part = fc
      .record({
        rows: fc.integer({ min: 1, max: 3 }),
        width: fc.integer({ min: 1, max: 4 }),
        inner: fc.constant(2),
      })
      .chain(({ rows, width, inner }) =>
        fc
          .array(fc.integer(), { minLength: rows * width * inner, maxLength: rows * width * inner })
          .map(values => named('x', 'int32', [rows, width, inner], values)),
      )
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer(), (parts, fill) => {
        const joined = joinRows(parts, fill)
        let row = 0
        for (const own of parts) {
          expect(takeRows(joined, row, own.dims)).toEqual(own)
          row += own.dims[0] ?? 0
        }
        expect(joined.dims[0]).toBe(row)
      }),
    )
  })
})
