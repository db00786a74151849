// What can be known of a model before any browser is bothered: that its graph can be read, that its operators
// exist somewhere, and what it takes. Nothing is run.

import { readFile } from 'node:fs/promises'
import { ModelUnreadable, type StoredModel } from '@shoal/model-store'
import { checkOperators, type ModelSignature, modelSignature } from '@shoal/onnx'
import { Effect } from 'effect'

/** Reads the graph's signature. Fails with what is wrong with the file, or with operators that nobody has. */
export function inspectGraph(stored: StoredModel): Effect.Effect<ModelSignature, unknown> {
  return Effect.tryPromise({
    try: async () => {
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
