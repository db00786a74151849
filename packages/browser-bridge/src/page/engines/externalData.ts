// Which of a model's files hold the weights that its graph keeps outside itself. Pure.

import type { ModelManifest } from '../../protocol/messages.ts'

export interface ExternalFile {
  /** Below the manifest's root. */
  readonly file: string
  /** As the graph names it: relative to the graph's own folder. */
  readonly path: string
}

/** Files beside the graph that carry its name and more: `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`. */
export function externalFiles({
  files,
  graphFile,
}: Pick<ModelManifest, 'files' | 'graphFile'>): ExternalFile[] {
  const folder = graphFile.slice(0, graphFile.lastIndexOf('/') + 1)
  return files
    .filter(({ path }) => path.startsWith(graphFile) && path !== graphFile)
    .map(({ path }) => ({ file: path, path: path.slice(folder.length) }))
}
