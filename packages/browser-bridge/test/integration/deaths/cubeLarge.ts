// A model of which a WASM heap (4 GiB) holds two, and no third: 1,400 MiB of weights, all zero. Made when it is first asked for,
// and never written out whole: its zeros take no memory here.
import { Readable } from 'node:stream'
import { encodeModel, GraphBuilder } from '@shoal/onnx'
import type { FileProvider, ModelManifest } from '../../../src/index.ts'

const weights = 350 * 2 ** 20
const pieceBytes = 2 ** 20

let made: readonly Uint8Array[] | undefined
const chunks = (): readonly Uint8Array[] => {
  if (made !== undefined) return made
  const graph = new GraphBuilder({ name: 'large', seed: 1 })
  const all = graph.floats('weights', new Float32Array(weights), [weights])
  graph.output(graph.op('Gather', [all, graph.input('at', 'int64', [1])]), 'weight', 'float32', [1])
  made = encodeModel(graph.build())
  return made
}
const total = (): number => chunks().reduce((sum, { length }) => sum + length, 0)

function* pieces(start: number): Generator<Buffer> {
  let before = 0
  for (const { buffer, byteOffset, length } of chunks()) {
    for (let at = Math.max(0, start - before); at < length; at += pieceBytes)
      yield Buffer.from(buffer, byteOffset + at, Math.min(pieceBytes, length - at))
    before += length
  }
}

export const isLarge = (key: string): boolean => key.startsWith('large')

/** The same bytes under a name of their own for each number. */
export const largeManifest = (at: number): ModelManifest => ({
  key: `large-${at}`,
  name: `large ${at}`,
  kind: 'graph',
  root: `large-${at}/resolve/main/`,
  graphFile: 'model.onnx',
  dtype: 'fp32',
  files: [{ path: 'model.onnx', bytes: total(), sha256: '' }],
})

export const openLarge = (start = 0): Awaited<ReturnType<FileProvider['open']>> => ({
  bytes: total() - start,
  total: total(),
  type: 'application/octet-stream',
  stream: Readable.from(pieces(start)),
})
