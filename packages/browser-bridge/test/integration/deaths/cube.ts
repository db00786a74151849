// A model whose run takes as long as its one number says: matrices of zeros of that size, multiplied. And one that says
// it is larger than any memory.
import { Readable } from 'node:stream'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import type { FileProvider, ModelManifest, RunRequest } from '../../../src/index.ts'
import { isLarge, openLarge } from './cubeLarge.ts'

function cubeGraph(): Uint8Array {
  const graph = new GraphBuilder({ name: 'cube', seed: 1 })
  const square = graph.op('ConstantOfShape', [graph.input('shape', 'int64', [2])])
  graph.output(graph.op('ReduceSum', [graph.op('MatMul', [square, square])]), 'sum', 'float32', [1, 1])
  return joinChunks(encodeModel(graph.build()))
}

const graphs: ReadonlyMap<string, Uint8Array> = new Map([
  ['cube', cubeGraph()],
  ['hang', cubeGraph()],
  ['huge', cubeGraph()],
])

export type GraphName = 'cube' | 'hang' | 'huge'

export const manifest = (name: GraphName): ModelManifest => ({
  key: name,
  name,
  kind: 'graph',
  root: `${name}/resolve/main/`,
  graphFile: 'model.onnx',
  dtype: 'fp32',
  // A file of 64 GiB, if one believes its manifest: memory for it is asked for before the first byte has come.
  files: [
    { path: 'model.onnx', bytes: name === 'huge' ? 2 ** 36 : (graphs.get(name)?.length ?? 0), sha256: '' },
  ],
})

export const files: FileProvider = {
  open: (key, _path, range) => {
    if (isLarge(key)) return openLarge(range?.start)
    const bytes = graphs.get(key)
    if (bytes === undefined) return undefined
    const { start = 0, end = bytes.length - 1 } = range ?? {}
    const part = bytes.subarray(start, end + 1)
    return {
      bytes: part.length,
      total: bytes.length,
      type: 'application/octet-stream',
      stream: Readable.from([Buffer.from(part)]),
    }
  },
}

/** Work that grows with the cube of `size`: 1000 takes some tenths of a second on one thread. */
export const cube = (size: number): RunRequest => ({
  input: { kind: 'tensors' },
  tensors: [{ name: 'shape', dtype: 'int64', dims: [2], data: BigInt64Array.of(BigInt(size), BigInt(size)) }],
})
