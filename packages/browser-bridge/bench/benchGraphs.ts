// The graphs of the bridge's bench: they compute next to nothing, and their tensors are as large as they are told.
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'

/** As many zeros as it is asked for: a large answer to a small question. */
function zeros(): Uint8Array {
  const graph = new GraphBuilder({ name: 'zeros', seed: 1 })
  const shape = graph.input('x', 'int64', [1])
  graph.output(graph.op('ConstantOfShape', [shape]), 'y', 'float32', ['n'])
  return joinChunks(encodeModel(graph.build()))
}

/** How many bytes it was given: a small answer to a large question. */
function size(): Uint8Array {
  const graph = new GraphBuilder({ name: 'size', seed: 1 })
  graph.output(graph.op('Shape', [graph.input('x', 'uint8', ['n'])]), 'y', 'int64', [1])
  return joinChunks(encodeModel(graph.build()))
}

export const graphs = { zeros: zeros(), size: size() } as const
export type GraphName = keyof typeof graphs
