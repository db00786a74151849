// A stored model as a lane is told of it. Pure; the files themselves are served by the host.

import type { ModelManifest } from '@shoal/browser-bridge'
import type { StoredModel } from '@shoal/model-store'

/**
 * The name under which a lane holds the model. Not the content's hash alone: the same files loaded for another task
 * are another session, and unloading one must leave the other.
 */
export function laneKey(stored: StoredModel, model: string): string {
  return `${stored.key}.${model}`
}

export function manifestOf(stored: StoredModel, key: string): ModelManifest {
  return {
    key,
    name: stored.name,
    kind: stored.kind,
    ...(stored.task === undefined ? {} : { task: stored.task }),
    root: `${stored.key}/resolve/main/`,
    graphFile: stored.graphFile,
    dtype: stored.dtype,
    ...(stored.partDtypes === undefined ? {} : { partDtypes: stored.partDtypes }),
    files: stored.files,
  }
}
