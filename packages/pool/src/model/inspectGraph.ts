// What can be known of a model before any browser is bothered: that the files of its task are there, that its graph
// can be read, that its operators exist somewhere, and what it takes. Nothing is run.

import { readFile } from 'node:fs/promises'
import { modalityOf } from '@shoal/browser-bridge'
import { ModelUnreadable, type StoredModel } from '@shoal/model-store'
import { checkOperators, type ModelSignature, modelSignature } from '@shoal/onnx'
import { Effect } from 'effect'
import { ModelIncomplete } from '../errors.ts'

/** Reads the graph's signature. Fails with what is wrong with the files, or with operators that nobody has. */
export function inspectGraph(stored: StoredModel): Effect.Effect<ModelSignature, unknown> {
  return Effect.tryPromise({
    try: async () => {
      requireTaskFiles(stored)
      const file = stored.localPath(stored.graphFile)
      if (file === undefined)
        throw new ModelUnreadable({ file: stored.graphFile, cause: 'it is not among its files' })
      const signature = modelSignature(await readFile(file))
      checkOperators(signature)
      return signature
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
