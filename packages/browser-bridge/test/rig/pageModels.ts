// Models for tests of the page, put where the test host serves them: real ones, seeded ones, and broken ones.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ArchitectureName, encodeModel, GraphBuilder, writeSeededModel } from '@shoal/onnx'
import { joinChunks } from '@shoal/tensor'
import type { ModelDtype, ModelManifest } from '../../src/protocol/messages.ts'
import type { TestHost } from './TestHost.ts'

const shared =
  process.env['SHOAL_SHARED'] ?? fileURLToPath(new URL('../../../../../shared/', import.meta.url))

export const sharedModel = (file: string): string => path.join(shared, 'models', file)
export const hasShared = existsSync(sharedModel('mnist/mnist.onnx'))
export const sharedTitle = hasShared ? '' : ' (skipped: no shared models beside the repository)'

/** A graph of one file. */
export function putGraph(host: TestHost, name: string, bytes: Uint8Array): ModelManifest {
  const root = `${name}/resolve/main/`
  host.put(`${root}onnx/model.onnx`, bytes)
  return {
    key: name,
    name,
    kind: 'graph',
    root,
    graphFile: 'onnx/model.onnx',
    dtype: 'fp32',
    files: [{ path: 'onnx/model.onnx', bytes: bytes.length, sha256: '' }],
  }
}

export async function putMnist(host: TestHost): Promise<ModelManifest> {
  return putGraph(host, 'mnist', await readFile(sharedModel('mnist/mnist.onnx')))
}

/** Gives back what it is given. */
export function identityGraph(dtype: Parameters<GraphBuilder['input']>[1]): Uint8Array {
  const graph = new GraphBuilder({ name: 'identity', seed: 1 })
  graph.output(graph.input('x', dtype, ['n']), 'y', dtype, ['n'])
  return joinChunks(encodeModel(graph.build()))
}

/** A matrix times itself: work that takes as long as its input is large. */
export function squareGraph(): Uint8Array {
  const graph = new GraphBuilder({ name: 'square', seed: 1 })
  const x = graph.input('x', 'float32', ['n', 'n'])
  graph.output(graph.op('MatMul', [x, x]), 'y', 'float32', ['n', 'n'])
  return joinChunks(encodeModel(graph.build()))
}

/** One run that takes seconds and cannot be ended: the square of a matrix of zeros, as large as its input says. */
export function busyGraph(): Uint8Array {
  const graph = new GraphBuilder({ name: 'busy', seed: 1 })
  const zeros = graph.op('ConstantOfShape', [graph.input('x', 'int64', [2])])
  const square = graph.op('MatMul', [zeros, zeros])
  graph.output(graph.op('ReduceMax', [square], { keepdims: 1 }), 'y', 'float32', [1, 1])
  return joinChunks(encodeModel(graph.build()))
}

/** As many zeros as its input says: how a graph runs out of memory. */
export function zerosGraph(): Uint8Array {
  const graph = new GraphBuilder({ name: 'zeros', seed: 1 })
  const shape = graph.input('x', 'int64', [1])
  graph.output(graph.op('ConstantOfShape', [shape]), 'y', 'float32', ['n'])
  return joinChunks(encodeModel(graph.build()))
}

const taskOf: Partial<Record<ArchitectureName, string>> = {
  bertEncoder: 'feature-extraction',
  gptDecoder: 'text-generation',
  vit: 'image-feature-extraction',
  whisperEncoder: 'audio-feature-extraction',
}

/** A tiny seeded model in Hugging Face's layout, as a task and, of the same files, as a graph. */
export async function putSeeded(
  host: TestHost,
  architecture: ArchitectureName,
  dtype: Extract<ModelDtype, 'fp32' | 'fp16' | 'q8'> = 'fp32',
): Promise<{ readonly task: ModelManifest; readonly graph: ModelManifest }> {
  const model = await writeSeededModel({ architecture, dtypes: [dtype] })
  const root = `${model.key}/resolve/main/`
  for (const { path: file } of model.files) host.put(root + file, await readFile(path.join(model.dir, file)))
  const suffix = { fp32: '', fp16: '_fp16', q8: '_quantized' }[dtype]
  const common = {
    name: `${architecture}-${dtype}`,
    root,
    graphFile: `onnx/model${suffix}.onnx`,
    dtype,
    files: model.files,
  }
  const task = taskOf[architecture]
  return {
    task: { ...common, key: `${model.key}-task`, kind: 'task', ...(task === undefined ? {} : { task }) },
    graph: { ...common, key: `${model.key}-graph`, kind: 'graph' },
  }
}
