// What can be known of a model before any browser is bothered: that the files of its task are there, that its graph
// can be read, that its operators exist somewhere, and what it takes. Nothing is run.

import { readFile } from 'node:fs/promises'
import { modalityOf } from '@shoal/browser-bridge'
import { ModelUnreadable, type StoredModel } from '@shoal/model-store'
import { checkOperators, decodeModel, type ModelSignature, modelSignature } from '@shoal/onnx'
import { Effect } from 'effect'
import { ModelIncomplete } from '../errors.ts'
import { foldedBytes } from './foldedBytes.ts'

export interface InspectedGraph {
  readonly signature: ModelSignature
  /** What all its parts give the engine to keep: their files, and twice what it computes of them beforehand. */
  readonly engineBytes: number
}

/** Reads the graph's signature, and through all parts. Fails with what is wrong with the files, or with operators that nobody has. */
export function inspectGraph(stored: StoredModel): Effect.Effect<InspectedGraph, unknown> {
  return Effect.tryPromise({
    try: async () => {
      requireTaskFiles(stored)
      const file = stored.localPath(stored.graphFile)
      if (file === undefined)
        throw new ModelUnreadable({ file: stored.graphFile, cause: 'it is not among its files' })
      const model = decodeModel(await readFile(file))
      const signature = modelSignature(model)
      checkOperators(signature)
      let folded = foldedBytes(model)
      for (const { path } of stored.files) {
        const part = stored.localPath(path)
        if (path === stored.graphFile || !path.endsWith('.onnx') || part === undefined) continue
        folded += foldedBytes(decodeModel(await readFile(part)))
      }
      return { signature, engineBytes: stored.bytes + 2 * folded }
    },
    catch: error => error,
  })
}

/** What Transformers.js reads beside the graph to make tensors of each kind of input. */
const preprocessing = {
  text: 'tokenizer.json',
  image: 'preprocessor_config.json',
  audio: 'preprocessor_config.json',
} as const

function requireTaskFiles({ name, task, files }: StoredModel): void {
  const kind = task === undefined ? undefined : modalityOf(task)
  if (kind === undefined) return
  const file = preprocessing[kind.takes]
  if (files.some(({ path }) => path === file)) return
  throw new ModelIncomplete({
    model: name,
    file,
    message: `${name} has no ${file}, which the task ${task} needs to prepare ${kind.takes}; add it to the model's folder, or use the graph with raw tensors (no task).`,
  })
}
