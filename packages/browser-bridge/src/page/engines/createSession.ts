// One way to make a session of ONNX Runtime, for graphs and tasks alike: with as little memory as it goes, and with the
// model's bytes let go at once. Not under the lane's lock: its callers hold that.

import * as ort from 'onnxruntime-web'
import { weightsApart } from './weightsApart.ts'

/** Below this a model's bytes are not worth the trouble, and may be a constant of somebody's. */
const largeBytes = 64 * 1024

/** No file of a model is called so. */
const ownWeights = 'shoal:weights'

/**
 * `model` and the external data are of no use afterwards, whether it succeeds or not: their memory is given back here
 * and now, where otherwise it would wait for a garbage collection that a worker at rest does not have.
 */
export async function createSession(
  model: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  if (model.length < largeBytes) return await ort.InferenceSession.create(model, options)
  const external = options.externalData ?? []
  const graph = weightsApart(model, ownWeights)
  try {
    if (graph === undefined) return await ort.InferenceSession.create(model, options)
    return await ort.InferenceSession.create(graph, {
      ...options,
      externalData: [...external, { path: ownWeights, data: model }],
    })
  } finally {
    for (const bytes of [model, ...external.map(file => (typeof file === 'string' ? file : file.data))])
      if (bytes instanceof Uint8Array) letGo(bytes)
  }
}

function letGo({ buffer, byteLength }: Uint8Array): void {
  // A view of something larger is not ours to end.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
