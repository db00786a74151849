// The trained models that tests run, where they are at hand, as the host serves them.
import { createReadStream, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FileProvider, ModelManifest, RunRequest } from '../../src/index.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..')
const shared = process.env['SHOAL_SHARED'] ?? path.resolve(root, '../shared')
const mnistFile = path.join(shared, 'models/mnist/mnist.onnx')

/** Empty, or the reason why tests with a real model are skipped, for their titles. */
export const noModels = existsSync(mnistFile) ? '' : ` (skipped: no ${mnistFile})`

/** Serves one file under the key `mnist`. */
export const files: FileProvider = {
  open: (key, name, range) => {
    if (key !== 'mnist' || name !== 'mnist.onnx' || !existsSync(mnistFile)) return undefined
    const total = statSync(mnistFile).size
    const { start = 0, end = total - 1 } = range ?? {}
    return {
      bytes: end - start + 1,
      total,
      type: 'application/octet-stream',
      stream: createReadStream(mnistFile, { start, end }),
    }
  },
}

export const mnist: ModelManifest = {
  key: 'mnist',
  name: 'mnist',
  kind: 'graph',
  root: 'mnist/resolve/main/',
  graphFile: 'mnist.onnx',
  dtype: 'fp32',
  files: [{ path: 'mnist.onnx', bytes: existsSync(mnistFile) ? statSync(mnistFile).size : 0, sha256: '' }],
}

/** A vertical bar: what MNIST takes for a one. */
export const one = (): RunRequest => {
  const data = new Float32Array(28 * 28)
  for (let row = 4; row < 24; row++) data.fill(255, row * 28 + 13, row * 28 + 15)
  return {
    input: { kind: 'tensors' },
    tensors: [{ name: 'Input3', dtype: 'float32', dims: [1, 1, 28, 28], data }],
  }
}

/** Which digit it was taken for. */
export const digit = (scores: ArrayLike<number | bigint | string> | undefined): number => {
  const values = Array.from(scores ?? [], Number)
  return values.indexOf(Math.max(...values))
}
