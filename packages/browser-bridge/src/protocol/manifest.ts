// A model as a lane needs it: which files, and how to read them. Not where its files come from: that is the host's.

export type ModelDtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4'

export interface ModelFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** A model as a lane needs it. `root` is below `filesBase`, in Hugging Face resolve shape, and ends in '/'. */
export interface ModelManifest {
  readonly key: string
  readonly name: string
  readonly kind: 'graph' | 'task'
  /** A Transformers.js pipeline name; given for kind 'task'. */
  readonly task?: string
  readonly root: string
  /** Below `root`, e.g. 'onnx/model.onnx'; what a 'graph' loads. */
  readonly graphFile: string
  readonly dtype: ModelDtype
  /** Where a task's parts differ in it: of each, by the stem of its graph (`encoder_model`, `decoder_model_merged`, …). */
  readonly partDtypes?: Readonly<Record<string, ModelDtype>>
  readonly files: readonly ModelFile[]
}
