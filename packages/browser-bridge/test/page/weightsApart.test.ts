// A model cut into graph and weights without a copy: every weight is found where the graph says it lies, and nothing
// else is lost or changed.

import { decodeModel, encodeModel, GraphBuilder, type TensorProto } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { weightsApart } from '../../src/page/engines/weightsApart.ts'

function model(...sizes: readonly number[]): Uint8Array {
  const graph = new GraphBuilder({ name: 'm', seed: 3 })
  let x = graph.input('x', 'float32', ['n'])
  for (const [at, size] of sizes.entries()) x = graph.op('Add', [x, graph.weight(`w${at}`, [size], 1)])
  graph.output(x, 'y', 'float32', ['n'])
  return joinChunks(encodeModel(graph.build()))
}

/** The tensor as it was before, its bytes read where it says that they are. */
function put(bytes: Uint8Array, { externalData, dataLocation, ...tensor }: TensorProto): TensorProto {
  if (externalData === undefined) return tensor
  const said = Object.fromEntries(externalData.map(({ key, value }) => [key, value]))
  expect([dataLocation, said['location']]).toEqual([1, 'file'])
  const [offset, length] = [Number(said['offset']), Number(said['length'])]
  return { ...tensor, rawData: bytes.subarray(offset, offset + length) }
}

it('finds the whole model again in its two parts', () => {
  const bytes = model(4, 1000, 8, 70_000)
  const head = weightsApart(bytes, 'file')
  if (head === undefined) return expect.unreachable()
  expect(head.length).toBeLessThan(2000)
  const { graph, ...others } = decodeModel(head)
  const whole = decodeModel(bytes)
  expect({
    ...others,
    graph: { ...graph, initializer: graph?.initializer?.map(tensor => put(bytes, tensor)) },
  }).toEqual(whole)
  expect(graph?.initializer?.filter(({ externalData }) => externalData !== undefined)).toHaveLength(2)
})

it('cuts nothing where no weight is large, and none that stands elsewhere already', () => {
  expect(weightsApart(model(4, 8), 'file')).toBeUndefined()
  const once = weightsApart(model(70_000), 'file')
  expect(once && weightsApart(once, 'other')).toBeUndefined()
})

it('leaves alone what is no model: any bytes, and a model with any byte changed, give a graph or nothing', () => {
  const bytes = model(1000)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), noise => {
      weightsApart(noise, 'file')
    }),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(fc.nat({ max: 250 }), fc.nat({ max: 255 }), (at, value) => {
      const changed = bytes.slice()
      changed[at] = value
      weightsApart(changed, 'file')
    }),
    { numRuns: 300 },
  )
  expect(weightsApart(bytes.subarray(0, bytes.length - 1), 'file')).toBeUndefined()
})
