import { joinChunks } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { encodeModel, GraphBuilder } from '../../src/index.ts'
import { runReference } from '../reference.ts'

const bytesOf = (g: GraphBuilder) => joinChunks(encodeModel(g.build()))
const float = (...values: number[]) =>
  ({ dtype: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const

describe('a graph built here', () => {
  it('runs in onnxruntime: operators, attributes of every kind, constants, several outputs', async () => {
    const g = new GraphBuilder({ name: 'all', seed: 1 })
    const x = g.floatInput('x', ['n'])
    const [head, tail] = g.ops('Split', [x, g.ints(1, 2)], 2, { axis: 0 })
    const leaky = g.op('LeakyRelu', [tail ?? x], { alpha: { float: 0.5 } })
    const padded = g.op('Pad', [leaky, g.ints(1, 0), g.scalar(9)], { mode: 'constant' })
    g.floatOutput(head ?? x, 'head', [1])
    g.floatOutput(g.op('ReduceSum', [padded, g.ints(0)], { keepdims: 1 }), 'sum', [1])
    const outputs = await runReference(bytesOf(g), { x: float(3, -4, 5) })
    expect(outputs['head']?.data).toEqual(Float32Array.of(3))
    expect(outputs['sum']?.data).toEqual(Float32Array.of(12))
  })

  it('one name is one weight, however often it is asked for', () => {
    const g = new GraphBuilder({ name: 'shared', seed: 1 })
    expect(g.weight('w', [2, 2], 1)).toBe(g.weight('w', [2, 2], 1))
    expect(g.build().graph?.initializer).toHaveLength(1)
  })

  it.each([
    [true, 2],
    [false, -1],
  ])(
    'a branch on %s takes that side, with values and weights of the graph around it',
    async (condition, expected) => {
      const g = new GraphBuilder({ name: 'branch', seed: 1 })
      const x = g.floatInput('x', ['n'])
      const flag = g.input('flag', 'bool', [1])
      const [picked] = g.branch(
        flag,
        inner => [inner.op('Add', [x, inner.scalar(1)])],
        inner => [inner.op('Neg', [x])],
      )
      g.floatOutput(picked ?? x, 'y', ['n'])
      const flagged = { dtype: 'bool', dims: [1], data: Uint8Array.of(Number(condition)) } as const
      const { y } = await runReference(bytesOf(g), { x: float(1), flag: flagged })
      expect(y?.data).toEqual(Float32Array.of(expected))
    },
  )

  it('keeps weights in float16 where told to, with float32 inputs and outputs', async () => {
    const g = new GraphBuilder({ name: 'half', seed: 1, float: 'float16' })
    const x = g.floatInput('x', ['n'])
    g.floatOutput(g.op('Mul', [x, g.scalar(1 / 3)]), 'y', ['n'])
    // A third in half precision is 1365 / 4096.
    const { y } = await runReference(bytesOf(g), { x: float(4096) })
    expect(y).toEqual(float(1365))
  })
})
