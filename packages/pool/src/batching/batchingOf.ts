// Which batcher serves a model, or why none does. The choice alone.

import type { ModelSignature } from '@shoal/onnx'
import { UnsupportedOption } from '../errors.ts'
import type { ResolvedSpec } from '../ModelSpec.ts'
import type { Batcher } from './Batcher.ts'
import type { ResolvedBatching } from './Batching.ts'
import { graphBatcher } from './graphBatcher.ts'
import { taskBatcher } from './taskBatcher.ts'

/** How a model's requests are put together. */
export interface ModelBatching {
  readonly policy: ResolvedBatching
  readonly batcher: Batcher
}

/** undefined where batching was not asked for; refused where the model has no batch axis to use. */
export function batchingOf(
  spec: ResolvedSpec,
  signature: ModelSignature,
): ModelBatching | undefined | UnsupportedOption {
  const { batching: policy, task, name } = spec
  if (policy === undefined) return undefined
  const batcher = task === undefined ? graphBatcher(signature) : taskBatcher(task, signature)
  if (!('refused' in batcher)) return { policy, batcher }
  return new UnsupportedOption({
    option: 'batching',
    message: `batching: ${name} ${batcher.refused}; leave batching out.`,
  })
}
