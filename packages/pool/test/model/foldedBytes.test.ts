import { GraphBuilder, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from '@shoal/onnx'
import { describe, expect, it } from 'vitest'
import { foldedBytes } from '../../src/model/foldedBytes.ts'

const weight = (name: string, dims: readonly number[], dataType = 1): TensorProto => ({
  name,
  dims: [...dims],
  dataType,
})
const node = (opType: string, input: string[], output: string): NodeProto => ({
  opType,
  input,
  output: [output],
})
const model = (graph: GraphProto): ModelProto => ({ graph })
const [w, bytes] = [weight('w', [100, 64]), 100 * 64 * 4]

describe('what an engine computes of a graph beforehand', () => {
  const cases: readonly [string, GraphProto, number][] = [
    [
      'nothing where each node takes an input',
      { initializer: [w], node: [node('MatMul', ['x', 'w'], 'y')] },
      0,
    ],
    ['a weight that is turned', { initializer: [w], node: [node('Transpose', ['w'], 't')] }, bytes],
    [
      'what is made of that, too',
      { initializer: [w], node: [node('Transpose', ['w'], 't'), node('Mul', ['t', 'w'], 'u')] },
      2 * bytes,
    ],
    [
      'half as much of a weight in half precision',
      { initializer: [weight('w', [100, 64], 10)], node: [node('Transpose', ['w'], 't')] },
      bytes / 2,
    ],
    [
      'no weight of eight bits that is brought to full size in each run',
      { initializer: [weight('w', [100, 64], 3)], node: [node('DequantizeLinear', ['w'], 't')] },
      0,
    ],
    ['no small numbers', { initializer: [weight('n', [4])], node: [node('Transpose', ['n'], 't')] }, 0],
    [
      'a weight that a branch turns',
      {
        initializer: [w],
        node: [
          {
            ...node('If', ['x'], 'y'),
            attribute: [{ name: 'then_branch', g: { node: [node('Transpose', ['w'], 't')] } }],
          },
        ],
      },
      bytes,
    ],
  ]
  it.each(cases)('is %s', (_, graph, expected) => {
    expect(foldedBytes(model(graph))).toBe(expected)
  })

  it('is the embedding that a decoder uses a second time', () => {
    const builder = new GraphBuilder({ name: 'tied', seed: 0 })
    const x = builder.input('x', 'float32', [1, 64])
    const data = new Float32Array(100 * 64)
    const table = builder.constant('table', { dtype: 'float32', dims: [100, 64], data })
    const turned = builder.op('Transpose', [table], { perm: [1, 0] })
    builder.output(builder.op('MatMul', [x, turned]), 'y', 'float32', [1, 100])
    expect(foldedBytes(builder.build())).toBe(bytes)
  })
})
