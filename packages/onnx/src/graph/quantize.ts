// Dynamic 8-bit quantisation as a rewriting of the graph: weights are stored in 8 bits with a scale for each
// column, activations are quantised as they come, products are accumulated in 32-bit integers. Not a calibrated
// (static) quantisation: nothing is run here.
// Weights are unsigned with zero point 128: onnxruntime's unsigned × signed kernels saturate 16-bit sums on
// x86 without VNNI, unsigned × unsigned is exact everywhere, so browsers and CPU agree.
// Source: the method of onnxruntime's `quantize_dynamic`; Jacob et al. 2017 (arXiv:1712.05877).
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from '../proto/messages.ts'
import { attributeType } from '../proto/messages.ts'
import { tensorFromProto, tensorToProto } from '../tensor/tensorProto.ts'

const zeroPoint = 128
// Below this the scales and extra nodes cost more than 8 bits save.
const leastElements = 1024

/**
 * The model with its float32 matrices in 8 bits: every MatMul by a constant becomes MatMulInteger, every Gather
 * from such a matrix reads bytes, other uses see the dequantised matrix. Needs operator set 13 or later.
 */
export function quantizeDynamic(model: ModelProto): ModelProto {
  const graph = model.graph ?? {}
  const nodes = allNodes(graph.node ?? [])
  const wanted = new Set(nodes.filter(reads8Bit).map(node => node.input?.[matrixInput(node)] ?? ''))
  const initializer: TensorProto[] = []
  const matrices = new Set<string>()
  for (const proto of graph.initializer ?? []) {
    const name = proto.name ?? ''
    const matrix = wanted.has(name) ? quantizeMatrix(proto) : undefined
    if (matrix === undefined) {
      initializer.push(proto)
      continue
    }
    matrices.add(name)
    initializer.push(...matrix)
  }
  const used = new Set<string>()
  const rewritten = rewriteNodes(graph.node ?? [], matrices, used)
  const dequantised = [...used].map(name => dequantize(quantizedName(name), name, name))
  return { ...model, graph: { ...graph, initializer, node: [...dequantised, ...rewritten] } }
}

function reads8Bit(node: NodeProto): boolean {
  if ((node.domain ?? '') !== '') return false
  if (node.opType === 'MatMul') return true
  // Only a Gather of rows; axis is absent (0) or 0.
  return (
    node.opType === 'Gather' && (node.attribute ?? []).every(each => each.name !== 'axis' || each.i === 0n)
  )
}

function matrixInput(node: NodeProto): number {
  return node.opType === 'MatMul' ? 1 : 0
}

function quantizeMatrix(proto: TensorProto): TensorProto[] | undefined {
  if (proto.dataType !== 1 || proto.dims?.length !== 2) return undefined
  const [rows, columns] = proto.dims as [number, number]
  if (rows * columns < leastElements) return undefined
  const { name, data } = tensorFromProto(proto)
  const values = data as Float32Array
  const scales = new Float32Array(columns)
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number)
    if (size > (scales[i % columns] as number)) scales[i % columns] = size
  }
  for (let column = 0; column < columns; column++) scales[column] = ((scales[column] as number) || 1) / 127
  const bytes = new Uint8Array(values.length)
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++)
      bytes[i] = Math.round((values[i] as number) / (scales[column] as number)) + zeroPoint
  const zeroPoints = new Uint8Array(columns).fill(zeroPoint)
  return [
    tensorToProto({ dtype: 'uint8', dims: [rows, columns], data: bytes }, quantizedName(name)),
    tensorToProto({ dtype: 'float32', dims: [columns], data: scales }, scaleName(name)),
    tensorToProto({ dtype: 'uint8', dims: [columns], data: zeroPoints }, zeroName(name)),
  ]
}

/** Rewrites a node list; names of matrices that are still wanted as float are added to `used`. */
function rewriteNodes(
  nodes: readonly NodeProto[],
  matrices: ReadonlySet<string>,
  used: Set<string>,
): NodeProto[] {
  const quantized = new Map<string, string>()
  return nodes.flatMap(node => {
    const name = node.input?.[matrixInput(node)] ?? ''
    if (reads8Bit(node) && matrices.has(name)) {
      const [output = ''] = node.output ?? []
      if (node.opType === 'Gather') return gatherBytes(node, name, output)
      return multiplyBytes(node, name, output, quantized)
    }
    for (const input of node.input ?? []) if (matrices.has(input)) used.add(input)
    return [withGraphs(node, graph => ({ ...graph, node: rewriteNodes(graph.node ?? [], matrices, used) }))]
  })
}

function gatherBytes(node: NodeProto, matrix: string, output: string): NodeProto[] {
  const bytes = `${output}/bytes`
  return [
    { ...node, input: [quantizedName(matrix), node.input?.[1] ?? ''], output: [bytes] },
    dequantize(bytes, matrix, output),
  ]
}

function multiplyBytes(
  node: NodeProto,
  matrix: string,
  output: string,
  quantized: Map<string, string>,
): NodeProto[] {
  const [x = ''] = node.input ?? []
  const nodes: NodeProto[] = []
  // Several products of one activation (query, key, value) quantise it once.
  let input = quantized.get(x)
  if (input === undefined) {
    input = `${output}/input`
    quantized.set(x, input)
    nodes.push(plain('DynamicQuantizeLinear', [x], [quantizedName(input), scaleName(input), zeroName(input)]))
  }
  const factors = [quantizedName(input), quantizedName(matrix), zeroName(input), zeroName(matrix)]
  nodes.push(
    plain('MatMulInteger', factors, [`${output}/sum`]),
    { ...plain('Cast', [`${output}/sum`], [`${output}/float`]), attribute: [int('to', 1n)] },
    plain('Mul', [scaleName(input), scaleName(matrix)], [`${output}/scale`]),
    plain('Mul', [`${output}/float`, `${output}/scale`], [output]),
  )
  return nodes
}

/** y = (bytes − 128) × scale, column by column. */
function dequantize(bytes: string, matrix: string, output: string): NodeProto {
  const node = plain('DequantizeLinear', [bytes, scaleName(matrix), zeroName(matrix)], [output])
  return { ...node, attribute: [int('axis', -1n)] }
}

function plain(opType: string, input: string[], output: string[]): NodeProto {
  return { opType, name: `${output[0]}/${opType}`, input, output }
}

function int(name: string, i: bigint): AttributeProto {
  return { name, i, type: attributeType.i }
}

function allNodes(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.flatMap(node => [
    node,
    ...(node.attribute ?? []).flatMap(each => (each.g === undefined ? [] : allNodes(each.g.node ?? []))),
  ])
}

function withGraphs(node: NodeProto, change: (graph: GraphProto) => GraphProto): NodeProto {
  if (!node.attribute?.some(each => each.g !== undefined)) return node
  return {
    ...node,
    attribute: node.attribute.map(each => (each.g === undefined ? each : { ...each, g: change(each.g) })),
  }
}

function quantizedName(tensor: string): string {
  return `${tensor}/quantized`
}

function scaleName(tensor: string): string {
  return `${tensor}/scale`
}

function zeroName(tensor: string): string {
  return `${tensor}/zero`
}
