// What of a graph the engine computes beforehand, while it makes the session: nodes whose inputs are all weights, such as
// the turned embedding that a decoder's last product takes. ONNX Runtime keeps what they give beside the weights
// ("constant folding"), and its heap has held it twice by then and never shrinks. Read off the graph; nothing is run.

import type { GraphProto, ModelProto, NodeProto, TensorProto } from '@shoal/onnx'

/** Bytes of one element by ONNX's number of its type; of those that are not here, four. */
const elementBytes: Readonly<Record<number, number>> = {
  2: 1,
  3: 1,
  4: 2,
  5: 2,
  7: 8,
  9: 1,
  10: 2,
  11: 8,
  13: 8,
  16: 2,
}

/** Numbers and shapes do not count. */
const leastBytes = 1024

/** Left as they are: weights of eight bits are brought to full size in each run, not once. */
const notFolded = new Set(['DequantizeLinear', 'QuantizeLinear', 'Constant'])

/** Of all graphs in the model, as near as can be told without their shapes: a node gives as much as its largest input. */
export function foldedBytes({ graph }: ModelProto): number {
  return graph === undefined ? 0 : foldedIn(graph, new Map())
}

function foldedIn(graph: GraphProto, outer: ReadonlyMap<string, number>): number {
  const known = new Map(outer)
  for (const weight of graph.initializer ?? []) known.set(weight.name ?? '', sizeOf(weight))
  let sum = 0
  for (const node of graph.node ?? []) {
    for (const inner of graphsOf(node)) sum += foldedIn(inner, known)
    const bytes = resultOf(node, known)
    if (bytes === undefined) continue
    for (const name of node.output ?? []) known.set(name, bytes)
    if (bytes >= leastBytes) sum += bytes
  }
  return sum
}

/** undefined where it depends on what the model is given. */
function resultOf({ input = [], opType = '' }: NodeProto, known: ReadonlyMap<string, number>) {
  if (input.length === 0 || notFolded.has(opType)) return undefined
  const sizes = input.filter(name => name !== '').map(name => known.get(name))
  return sizes.some(size => size === undefined) ? undefined : Math.max(...sizes.map(size => size ?? 0))
}

function graphsOf({ attribute = [] }: NodeProto): GraphProto[] {
  return attribute.flatMap(({ g, graphs = [] }) => (g === undefined ? graphs : [g, ...graphs]))
}

function sizeOf({ dims = [], dataType = 0 }: TensorProto): number {
  return dims.reduce((count, dim) => count * dim, 1) * (elementBytes[dataType] ?? 4)
}
