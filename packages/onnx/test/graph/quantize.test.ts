import { joinChunks, type Tensor } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { SeededWeights } from '../../src/graph/SeededWeights.ts'
import {
  compareTensors,
  decodeModel,
  encodeModel,
  GraphBuilder,
  type ModelProto,
  quantizeDynamic,
} from '../../src/index.ts'
import { runReference } from '../reference.ts'

const bytesOf = (model: ModelProto) => joinChunks(encodeModel(model))
const operators = (model: ModelProto) => (model.graph?.node ?? []).map(node => node.opType)

const rows = 64
const columns = 64
const x: Tensor = { dtype: 'float32', dims: [4, rows], data: new SeededWeights(9).uniform('x', 4 * rows, 1) }

/** Gather from W, two products of one activation by W and V, and W transposed. */
function everyUse(): ModelProto {
  const g = new GraphBuilder({ name: 'uses', seed: 4 })
  const input = g.floatInput('x', ['n', rows])
  const ids = g.input('ids', 'int64', ['n'])
  const w = g.weight('w', [rows, columns], 1)
  const v = g.weight('v', [rows, columns], 1)
  g.floatOutput(g.op('Gather', [w, ids]), 'rows', ['n', columns])
  g.floatOutput(g.op('MatMul', [input, w]), 'product', ['n', columns])
  g.floatOutput(g.op('MatMul', [input, v]), 'second', ['n', columns])
  g.floatOutput(g.op('MatMul', [input, g.op('Transpose', [w], { perm: [1, 0] })]), 'tied', ['n', rows])
  return g.build()
}

describe('dynamic quantisation', () => {
  const feeds = { x, ids: { dtype: 'int64', dims: [4], data: BigInt64Array.of(0n, 1n, 5n, 63n) } as Tensor }
  const full = everyUse()
  const quantized = quantizeDynamic(full)

  it('agrees with the model it was made from, output by output', async () => {
    const wanted = await runReference(bytesOf(full), feeds)
    const got = await runReference(bytesOf(quantized), feeds)
    expect(Object.keys(got)).toEqual(['rows', 'product', 'second', 'tied'])
    for (const [name, tensor] of Object.entries(got)) {
      const compared = compareTensors(tensor, wanted[name] as Tensor, 'q8')
      expect(compared.reason).toBeUndefined()
      // Quantised it is: not the same numbers.
      expect(compared.maxAbsDiff).toBeGreaterThan(1e-4)
    }
  })

  it('stores each matrix once, in bytes, and quantises a shared activation once', () => {
    expect(operators(quantized).filter(op => op === 'DynamicQuantizeLinear')).toHaveLength(1)
    expect(operators(quantized).filter(op => op === 'MatMulInteger')).toHaveLength(2)
    const large = (quantized.graph?.initializer ?? []).filter(
      tensor => (tensor.rawData?.length ?? 0) >= rows * columns,
    )
    expect(large.map(({ name, dataType }) => [name, dataType])).toEqual([
      ['w/quantized', 2],
      ['v/quantized', 2],
    ])
  })

  it('leaves small matrices, other operators and the original model as they were', () => {
    const g = new GraphBuilder({ name: 'small', seed: 1 })
    g.floatOutput(g.op('MatMul', [g.floatInput('x', [1, 4]), g.weight('w', [4, 4], 1)]), 'y', [1, 4])
    expect(operators(quantizeDynamic(g.build()))).toEqual(['MatMul', 'Identity'])
    expect(bytesOf(full)).toEqual(bytesOf(everyUse()))
  })

  it('a column of zeros stays zero', async () => {
    const g = new GraphBuilder({ name: 'zeros', seed: 1 })
    const w = g.floats('w', new Float32Array(rows * columns), [rows, columns])
    g.floatOutput(g.op('MatMul', [g.floatInput('x', ['n', rows]), w]), 'y', ['n', columns])
    const { y } = await runReference(bytesOf(quantizeDynamic(decodeModel(bytesOf(g.build())))), { x })
    expect(y?.data).toEqual(new Float32Array(4 * columns))
  })
})
