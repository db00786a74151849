import type { NamedTensor } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { inputFault, outputFault, outputNames, shownTwice } from '../../src/page/engines/inputCheck.ts'
import type { ValueMetadata } from '../../src/protocol/messages.ts'

const wanted: ValueMetadata[] = [
  { name: 'ids', dtype: 'int64', dims: ['batch', 4] },
  { name: 'scale', dtype: 'float32', dims: [] },
]
const ids = (dims: number[]): NamedTensor => ({
  name: 'ids',
  dtype: 'int64',
  dims,
  data: new BigInt64Array(dims.reduce((a, b) => a * b, 1)),
})
const scale: NamedTensor = { name: 'scale', dtype: 'float32', dims: [], data: new Float32Array(1) }
const fault = (...given: NamedTensor[]) => inputFault('m', wanted, given)?.message

describe('inputs of a graph', () => {
  it('are let through where free dims have any size and fixed ones theirs', () => {
    expect(fault(ids([1, 4]), scale)).toBeUndefined()
    expect(fault(scale, ids([7, 4]))).toBeUndefined()
  })

  it('of unknown rank are let through with any', () => {
    expect(fault(ids([1, 4]), { ...scale, dims: [1] })).toBeUndefined()
  })

  it.each([
    ['missing', [scale], "m: input 'ids' is missing; it takes 'ids' int64 [batch, 4]; 'scale' float32 []"],
    [
      'of another dtype',
      [{ ...ids([1, 4]), dtype: 'int32', data: new Int32Array(4) }, scale],
      "m: input 'ids' expects int64, got int32",
    ],
    ['of another size', [ids([1, 5]), scale], "m: input 'ids' expects [batch, 4], got [1, 5]"],
    ['of another rank', [ids([4]), scale], "m: input 'ids' expects [batch, 4], got [4]"],
    ['given twice', [ids([1, 4]), ids([1, 4]), scale], 'm: two inputs have the same name'],
    [
      'not known',
      [ids([1, 4]), scale, { ...scale, name: 'x' }],
      "m: there is no input 'x'; it takes 'ids' int64 [batch, 4]; 'scale' float32 []",
    ],
  ])('that are %s are refused with what was expected', (_, given, message) => {
    expect(inputFault('m', wanted, given as NamedTensor[])).toMatchObject({ code: 'WrongInput', message })
  })
})

it('outputs that the graph does not give are refused', () => {
  expect(outputFault('m', wanted, ['ids'])).toBeUndefined()
  expect(outputFault('m', wanted, ['z'])?.message).toBe("m: there is no output 'z'; it gives 'ids', 'scale'")
})

it('knows an output by its own name, and by that as a host shows it, and asks the graph for each once', () => {
  const known: ValueMetadata[] = [
    { name: 'bell\u0007', dtype: 'float32', dims: [] },
    { name: 'plain', dtype: 'float32', dims: [] },
  ]
  const asked = ['bell\u0007', 'bell\ufffd', 'plain', 'plain']
  expect(outputFault('m', known, asked)).toBeUndefined()
  expect(outputNames(known, asked)).toEqual(['bell\u0007', 'plain'])
  expect(outputFault('m', known, ['bell'])?.message).toContain("there is no output 'bell'")
})

it('a graph with two outputs that a host shows alike is refused, naming them', () => {
  const named = (...names: string[]) =>
    names.map((name): ValueMetadata => ({ name, dtype: 'float32', dims: [] }))
  expect(shownTwice('m', named('y', 'z', 'y\u0007'))).toBeUndefined()
  expect(shownTwice('m', named('both\ufffd', 'z', 'both\u0007'))).toMatchObject({
    code: 'ModelInvalid',
    message: expect.stringContaining("'both\ufffd'"),
  })
})
