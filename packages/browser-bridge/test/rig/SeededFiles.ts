// Seeded models as the real host serves them: from the folders that @shoal/onnx writes; and graphs made by a test.
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { type ArchitectureName, type SeededModelOptions, writeSeededModel } from '@shoal/onnx'
import type { FileProvider, ModelManifest } from '../../src/index.ts'

const taskOf: Partial<Record<ArchitectureName, string>> = {
  bertEncoder: 'feature-extraction',
  gptDecoder: 'text-generation',
  whisper: 'automatic-speech-recognition',
}

export class SeededFiles implements FileProvider {
  readonly #folders = new Map<string, { readonly dir: string; readonly sizes: ReadonlyMap<string, number> }>()
  readonly #graphs = new Map<string, Uint8Array>()

  /** A graph of one file, from memory. */
  put(key: string, bytes: Uint8Array): ModelManifest {
    this.#graphs.set(key, bytes)
    return {
      key,
      name: key,
      kind: 'graph',
      root: `${key}/resolve/main/`,
      graphFile: 'm.onnx',
      dtype: 'fp32',
      files: [{ path: 'm.onnx', bytes: bytes.length, sha256: '' }],
    }
  }

  /** The same files as a task and as a graph. */
  async add<A extends ArchitectureName>(
    options: SeededModelOptions<A>,
  ): Promise<{ readonly task: ModelManifest; readonly graph: ModelManifest }> {
    const { key, dir, files, name } = await writeSeededModel(options)
    this.#folders.set(key, { dir, sizes: new Map(files.map(({ path: file, bytes }) => [file, bytes])) })
    const task = taskOf[options.architecture]
    const common = {
      name,
      root: `${key}/resolve/main/`,
      graphFile: 'onnx/model.onnx',
      dtype: 'fp32',
      files,
    } as const
    return {
      task: { ...common, key: `${key}.task`, kind: 'task', ...(task === undefined ? {} : { task }) },
      graph: { ...common, key: `${key}.graph`, kind: 'graph' },
    }
  }

  open(key: string, file: string, range?: { readonly start: number; readonly end: number }) {
    const graph = this.#graphs.get(key)
    if (graph !== undefined) {
      const { length } = graph
      return {
        bytes: length,
        total: length,
        type: 'application/octet-stream',
        stream: Readable.from([graph]),
      }
    }
    const folder = this.#folders.get(key)
    const total = folder?.sizes.get(file)
    if (folder === undefined || total === undefined) return undefined
    const { start, end } = range ?? { start: 0, end: total - 1 }
    const bytes = end - start + 1
    const stream = createReadStream(path.join(folder.dir, file), { start, end })
    return { bytes, total, type: 'application/octet-stream', stream }
  }
}
